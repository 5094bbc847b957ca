/**
 * Serves the modules of a TypeScript program to the process that forked this one, with the plugins of vite.config.ts; see tools/run.mjs. It
 * answers each message `{ id, payload }` of Vite's module runner with `{ id, answer }`.
 */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createServerHotChannel, DevEnvironment, resolveConfig } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const config = await resolveConfig({ root, configFile: resolve(root, "vite.config.ts"), logLevel: "warn" }, "serve");
const environment = new DevEnvironment("ssr", config, { hot: false, transport: createServerHotChannel() });
await environment.init();

process.on("message", async ({ id, payload }) => {
  process.send?.({ id, answer: await environment.hot.handleInvoke(payload) });
});
// A terminal interrupts both processes. The program may need more modules before it ends. This process ends with it.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());
process.send?.("ready");
