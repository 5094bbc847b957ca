/** Serves the documentation site, and shows each change at once: node tools/run.mjs docs/tools/site/dev.ts [--port 5173] */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createServer } from "vitepress";
import { writeApi } from "./api.js";
import { writeParts } from "./parts.js";
import { root } from "./root.js";

const { values } = parseArgs({ options: { port: { type: "string", default: "5173" } } });
// It takes longer than all else, and changes less. `npm run build:api -w docs` writes it anew.
if (!existsSync(join(root, "docs/api/index.md"))) await writeApi();
await writeParts(join(root, "docs/.vitepress/cache/public"));
// The builds above set it to "production".
process.env["NODE_ENV"] = "development";
const server = await createServer(join(root, "docs"), { port: Number(values.port) });
await server.listen();
server.printUrls();
