/**
 * Serves a TypeScript program's modules, as vite.config.ts has them, to the process that forked this one; see tools/run.mjs. It answers each
 * message `{ id, payload }` of Vite's module runner with `{ id, answer }`.
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
// A terminal interrupts both processes; the program may still have something to load before it ends, and with it ends this one.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());
process.send?.("ready");
