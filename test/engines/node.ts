/** Prints the digests of this engine as JSON: node node.js THREADS */

import { digests } from "./digests.js";

console.log(JSON.stringify(await digests(Number(process.argv[2]))));
