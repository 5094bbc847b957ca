import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bun, DENO_VARIABLES, deno } from "../../tools/runtimes.mjs";
import { unpackSoftwareAdapter } from "../../tools/softwareAdapter.mjs";
import { Packed, run } from "./packed.js";
import { PROGRAM, RESULT } from "./program.js";

let packed: Packed;
/** Of the weights on Node. */
let expectedHash: unknown;
beforeAll(async () => {
  packed = await Packed.withoutTypes();
  ({ hash: expectedHash } = await answerOf({ program: process.execPath, parameters: [] }, "Node", "wasm"));
});
afterAll(() => packed?.remove());

const MANIFEST = JSON.stringify({ type: "module", dependencies: { "webgpu-cnn": "*", webgpu: "*" } });

/** It also says how many threads there are, and shows a hash of the weights that a training on two threads leaves. */
const MAIN = `
import { createHash } from "node:crypto";
import process from "node:process";
import { createBackend } from "webgpu-cnn";
import { loadCheckpoint, saveCheckpoint } from "webgpu-cnn/io";
import { Conv2D, Dense, Flatten, Sequential } from "webgpu-cnn/nn";
import { report } from "./program.js";

const answer = await report(process.argv[2]);
const backend = await createBackend({ kind: "wasm", threads: 2 });
const layers = [new Conv2D({ filters: 4, kernelSize: 3 }), new Flatten(), new Dense({ units: 3 })];
const model = new Sequential(layers).build(backend, { inputShape: [8, 8, 1], seed: 1 });
model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
const images = Float32Array.from({ length: 64 * 100 }, (_, i) => ((i * 7919) % 101) / 101);
await model.fit({ images, shape: [100, 8, 8, 1], labels: Array.from({ length: 100 }, (_, i) => i % 3) }, { epochs: 2 });
await saveCheckpoint("weights.safetensors", await model.save());
const { tensors } = await loadCheckpoint("weights.safetensors");
const hash = createHash("sha256");
for (const { data } of tensors.values()) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
const { threads, whyFewerThreads } = backend.info;
console.log(JSON.stringify({ ...answer, threads, whyFewerThreads, hash: hash.digest("hex") }));
// Nothing is destroyed. The process must end all the same.
`;

/** Lets Vulkan find SwiftShader. */
const software = unpackSoftwareAdapter();
const SOFTWARE = { LD_LIBRARY_PATH: software, VK_DRIVER_FILES: join(software, "vk_swiftshader_icd.json") };

async function answerOf({ program, parameters }: ReturnType<typeof deno>, name: string, kind: "webgpu" | "wasm") {
  const files = { "package.json": MANIFEST, "program.js": PROGRAM, "main.js": MAIN };
  const directory = await packed.project(`${name}-${kind}`, ["webgpu"], files);
  const variables = { ...DENO_VARIABLES, ...(kind === "webgpu" ? SOFTWARE : {}) };
  const { stdout } = await run(program, [...parameters, "main.js", kind], { cwd: directory, variables });
  return JSON.parse(stdout);
}

const denoRun = () => ({ ...deno(), parameters: [...deno().parameters, "run", "--allow-read", "--allow-write"] });

describe.each([
  ["Deno", denoRun],
  ["Bun", bun],
])("the package on %s", (name, command) => {
  test.each(["wasm", "webgpu"] as const)(
    "runs on %s, with two threads of WebAssembly and Node's bits",
    async (kind) => {
      expect(await answerOf(command(), name, kind)).toEqual({ ...RESULT, kind, threads: 2, hash: expectedHash });
    },
  );
});

test("Deno needs no permission for it", async () => {
  const main = `import { createBackend } from "webgpu-cnn";
    const backend = await createBackend({ kind: "wasm", threads: 2 });
    console.log(backend.info.threads, [...(await backend.full([2], 3).read())].join());`;
  const directory = await packed.project("deno-strict", [], { "package.json": MANIFEST, "main.js": main });
  const { program, parameters } = deno();
  const { stdout } = await run(program, [...parameters, "run", "--no-prompt", "main.js"], {
    cwd: directory,
    variables: DENO_VARIABLES,
  });
  expect(stdout.trim()).toBe("2 3,3");
});
