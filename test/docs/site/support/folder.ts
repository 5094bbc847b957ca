import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where a test run builds the site. `process` is the id of the run's own process, the parent of all others. */
export const siteFolder = (process: number) => join(tmpdir(), `webgpu-cnn-site-${process}`);
