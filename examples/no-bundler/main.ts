/** A page without a bundler: it imports the library's own files by an import map, and trains on a GPU or on WebAssembly. */

import { buildLibrary, ISOLATED, REPOSITORY, serveFiles } from "../kit/pages.js";

await buildLibrary();
const { url } = await serveFiles(REPOSITORY, ISOLATED);
console.log(`open ${url}examples/no-bundler/index.html (Ctrl-C ends the server)`);
