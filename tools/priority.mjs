import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";

/**
 * Gives processes priority over all others. It works on Linux and for root only. Elsewhere it does nothing.
 * @param {readonly number[]} ids
 */
export function prefer(ids) {
  for (const id of ids) {
    try {
      // Linux shares the time among sessions first, and then among the threads of each.
      writeFileSync(`/proc/${id}/autogroup`, String(constants.priority.PRIORITY_HIGHEST));
    } catch {
      // Another system, not root, or without such groups.
    }
    try {
      // On Linux, threads have priorities, not processes.
      for (const thread of readdirSync(`/proc/${id}/task`)) {
        setPriority(Number(thread), constants.priority.PRIORITY_HIGHEST);
      }
    } catch {
      // Another system, not root, or the process has just ended.
    }
  }
}

/**
 * The processes that a process has started, and those that they have started. Empty on other systems than Linux.
 * @param {number} id
 * @returns {number[]}
 */
export function descendantsOf(id) {
  try {
    const children = readdirSync(`/proc/${id}/task`).flatMap((thread) =>
      readFileSync(`/proc/${id}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
    return children.flatMap((child) => [child, ...descendantsOf(child)]);
  } catch {
    return [];
  }
}
