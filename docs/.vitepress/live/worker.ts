/** Runs one live block. The page starts a worker for each run. The file lies at the site's root, so that is where relative addresses begin. */
import { format } from "./format.js";
import type { Job } from "./messages.js";
import { report } from "./report.js";

const ENTRIES = /((?:\bfrom|\bimport)\s*\(?\s*)(["'])webgpu-cnn(?:\/([\w-]+))?\2/g;

/** Becomes true when a block's own statements begin, which is after it was parsed and its imports were loaded. */
const STARTED = "__liveBlockStarted";

const root = new URL(".", self.location.href);

for (const level of ["log", "info", "debug", "warn", "error"] as const) {
  console[level] = (...values: unknown[]) =>
    report({ type: "text", text: format(values), isError: level === "warn" || level === "error" });
}
Object.assign(self, { show, plot });

self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  fail(event.reason);
});
self.addEventListener("error", (event) => {
  event.preventDefault();
  fail(event.error ?? event.message);
});
self.addEventListener("message", ({ data }: MessageEvent<Job>) => {
  run(data).then(() => report({ type: "done" }), fail);
});

async function run({ source, program }: Job): Promise<void> {
  try {
    return await load(program ?? source);
  } catch (error) {
    const isTypeScript = program === undefined && error instanceof SyntaxError && !Reflect.has(self, STARTED);
    if (!isTypeScript) throw error;
  }
  // Not a part of this script's build: it contains the compiler.
  const compiler = new URL("lib/withoutTypes.js", root).href;
  const { withoutTypes }: typeof import("./withoutTypes.js") = await import(/* @vite-ignore */ compiler);
  await load(withoutTypes(source));
}

async function load(program: string): Promise<void> {
  const code = program.replace(
    ENTRIES,
    (_, start: string, quote: string, entry = "index") => `${start}${quote}${new URL(`lib/${entry}.js`, root)}${quote}`,
  );
  const url = URL.createObjectURL(new Blob([`self.${STARTED} = true; ${code}`], { type: "text/javascript" }));
  try {
    await import(/* @vite-ignore */ url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Draws a picture below the block. */
function show(image: ImageData, options: { readonly scale?: number } = {}): void {
  if (!(image instanceof ImageData)) {
    throw new TypeError("show: expected an ImageData; tensorToImageData of webgpu-cnn/io makes one");
  }
  const { scale = 1 } = options;
  if (!(scale > 0)) throw new RangeError(`show: scale is ${scale}, expected a positive number`);
  report({ type: "picture", image, scale });
}

/** Adds a point to the curve of this name. */
function plot(name: string, value: number): void {
  if (typeof value !== "number") throw new TypeError(`plot: ${name} is ${format([value])}, expected a number`);
  report({ type: "point", name: String(name), value });
}

function fail(error: unknown): void {
  report({ type: "failed", message: error instanceof Error ? `${error.name}: ${error.message}` : format([error]) });
}
