import type { BrowserCommand } from "vitest/node";
import { prefer } from "./priority.mjs";

/**
 * A command for tests in the browser. It gives the pages' threads priority over all others, also over the software adapter's. So only a page's
 * own work delays it. It works on Linux and for root only. Elsewhere it does nothing, and the machine should be idle.
 */
export const preferPages: BrowserCommand<[]> = async ({ context }) => {
  const session = await context.browser()?.newBrowserCDPSession();
  const { processInfo = [] } = (await session?.send("SystemInfo.getProcessInfo")) ?? {};
  prefer(processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id));
  await session?.detach();
};

declare module "vitest/browser" {
  interface BrowserCommands {
    preferPages(): Promise<void>;
  }
}
