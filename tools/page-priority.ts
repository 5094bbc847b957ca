import { readdirSync } from "node:fs";
import { constants, setPriority } from "node:os";
import type { BrowserCommand } from "vitest/node";

/**
 * A command for tests in the browser: from now on the pages' threads come before all others of the machine, the software adapter's too. What
 * keeps a page waiting then is its own doing. On Linux and for root only; elsewhere it does nothing, and the machine had better be idle.
 */
export const preferPages: BrowserCommand<[]> = async ({ context }) => {
  const session = await context.browser()?.newBrowserCDPSession();
  const { processInfo = [] } = (await session?.send("SystemInfo.getProcessInfo")) ?? {};
  for (const { type, id } of processInfo) {
    if (type !== "renderer") continue;
    try {
      // Linux has priorities of threads, not of processes.
      for (const thread of readdirSync(`/proc/${id}/task`)) {
        setPriority(Number(thread), constants.priority.PRIORITY_HIGHEST);
      }
    } catch {
      // Another system, or not root.
    }
  }
  await session?.detach();
};

declare module "vitest/browser" {
  interface BrowserCommands {
    preferPages(): Promise<void>;
  }
}
