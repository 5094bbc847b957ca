import { readdirSync } from "node:fs";
import { constants, setPriority } from "node:os";
import type { BrowserCommand } from "vitest/node";

/**
 * A command for tests in the browser. It gives the pages' threads priority over all others, also over the software adapter's. So only a page's
 * own work delays it. It works on Linux and for root only. Elsewhere it does nothing, and the machine should be idle.
 */
export const preferPages: BrowserCommand<[]> = async ({ context }) => {
  const session = await context.browser()?.newBrowserCDPSession();
  const { processInfo = [] } = (await session?.send("SystemInfo.getProcessInfo")) ?? {};
  for (const { type, id } of processInfo) {
    if (type !== "renderer") continue;
    try {
      // On Linux, threads have priorities, not processes.
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
