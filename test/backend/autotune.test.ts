import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { conv2d, createBackend, matmul, type Tuning } from "webgpu-cnn";
import { RuntimeBackend } from "../../src/backend/backend.js";
import { CandidateCheck } from "../../src/backend/inspect/candidateCheck.js";
import { choicesIn } from "../../src/backend/inspect/choicesIn.js";
import { RehearsalMode } from "../../src/backend/modes.js";
import type { Executor } from "../../src/core/runtime.js";
import { GpuRuntime } from "../../src/runtime/webgpu/runtime.js";
import { breaking, changing, claimingToBe, requestDevice } from "../support/device.js";

const DIRECT = "shaders/conv/conv2d/direct.wgsl";
const X_SHAPE = [1, 10, 10, 16];
const W_SHAPE = [3, 3, 16, 32];

let device: GPUDevice;
beforeEach(async () => {
  device = await requestDevice();
});
afterEach(() => {
  vi.restoreAllMocks();
  device.destroy();
});

// Mistakes of a kernel. The first is the fastest kernel of all.
const writesNothing = (code: string) => code.replace(/(fn main\(.*\{)/, "$1 if (params.invocations > 0u) { return; }");
const forgetsAColumn = (code: string) => code.replace("column >= 0", "column >= 1");
const writesNaN = (code: string) =>
  code.replace("] = value;", "] = value + bitcast<f32>(params.invocations | 0x7fc00000u);");

describe("autotune", () => {
  test("rejects a kernel with wrong values, even the fastest, and reports it once", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const backend = await createBackend({ device: changing(device, DIRECT, writesNothing) });
    // With inputs of zeros, most wrong kernels give the right values.
    const [x, w] = [backend.zeros(X_SHAPE), backend.zeros(W_SHAPE)];
    const { tensors, liveBytes } = backend.memory();
    await backend.autotune(() => conv2d(x, w));
    const { choices } = await backend.autotune(() => conv2d(x, w, { padding: 1, activation: "relu" }));
    expect(Object.values(choices)).toEqual(["implicitGemm", "implicitGemm"]);
    expect(warn.mock.calls.flat()).toEqual([
      expect.stringMatching(
        /^webgpu-cnn: autotune passes over conv2d by direct, because its values are wrong on this device: y\[\d+, \d+, \d+, \d+\] is \S+, expected \S+ ± \S+ \(y \[1, 8, 8, 32\]\)/,
      ),
    ]);
    expect(backend.memory()).toMatchObject({ tensors, liveBytes });
    backend.destroy();
  });

  test("rejects no right kernel, in operators of several kinds", async () => {
    const warn = vi.spyOn(console, "warn");
    const backend = await createBackend({ device });
    const [x, w] = [backend.zeros(X_SHAPE), backend.zeros(W_SHAPE)];
    const { choices } = await backend.autotune(() => {
      conv2d(x, w, { bias: backend.zeros([32]), activation: "relu" });
      matmul(backend.zeros([8, 16]), backend.zeros([24, 16]), { transposeB: true });
    });
    expect(Object.keys(choices).map((key) => key.split(" ")[0])).toEqual(["conv2d", "conv2d"]);
    expect(warn).not.toHaveBeenCalled();
    backend.destroy();
  });
});

describe("the check of a candidate", () => {
  /** The mistakes that are found in each candidate for a convolution. */
  async function mistakes(device: GPUDevice, estimated: number): Promise<Record<string, string | undefined>> {
    const backend = new RuntimeBackend(
      new GpuRuntime(device, { ownsDevice: false, poolLimitBytes: 2 ** 20 }),
      undefined,
    );
    const { runtime, scopes } = backend;
    const [choice] = choicesIn(runtime, (executor: Executor) => {
      const mode = new RehearsalMode(executor, "test");
      scopes.run("test", () => conv2d(backend.zeros(X_SHAPE), backend.zeros(W_SHAPE)), "nothing", mode);
    });
    const { key, candidates, operations } = choice ?? { key: "", candidates: [], operations: [] };
    expect(candidates).toEqual(["direct", "implicitGemm"]);
    const check = new CandidateCheck(
      runtime,
      key,
      operations.map((operation) => ({ ...operation, work: estimated })),
    );
    const found: Record<string, string | undefined> = {};
    for (const candidate of candidates) {
      const mistake = await check.mistakeOf({ [key]: candidate }).catch((error: Error) => ({ words: error.name }));
      found[candidate] = mistake?.words;
    }
    expect(backend.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    backend.destroy();
    return found;
  }

  const wrong = expect.stringContaining("y[");

  test.each([
    ["that writes nothing, by the reference if there is little work", writesNothing, 1],
    ["that leaves out a column, by the reference if there is little work", forgetsAColumn, 1],
    ["that writes nothing, by the plan of auto if there is much work", writesNothing, 1e12],
    ["that leaves out a column, by the plan of auto if there is much work", forgetsAColumn, 1e12],
    ["that writes NaN, by the plan of auto if there is much work", writesNaN, 1e12],
  ])("finds a kernel %s", async (_, change, estimated) => {
    expect(await mistakes(changing(device, DIRECT, change), estimated)).toEqual({
      direct: wrong,
      implicitGemm: undefined,
    });
  });

  test("uses the reference if the device cannot run the plan of auto", async () => {
    const broken = breaking(changing(device, DIRECT, forgetsAColumn), "shaders/conv/conv2d/implicitGemm.wgsl");
    expect(await mistakes(broken, 1e12)).toEqual({ direct: wrong, implicitGemm: "KernelError" });
  });
});

describe("a saved tuning", () => {
  const key = "conv2d 1x10x10x16 3x3x16x32 8x8 s1,1 d1,1 p0,0";
  const kernelWith = async (adapter: Tuning["adapter"], tunedOn: Tuning["adapter"]) => {
    const tuning = { version: 1, adapter: tunedOn, choices: { [key]: "direct" } } as const;
    const backend = await createBackend({ device: claimingToBe(device, adapter), tuning });
    const { operators } = backend.explain(() => conv2d(backend.zeros(X_SHAPE), backend.zeros(W_SHAPE)));
    backend.destroy();
    return operators[0]?.dispatches[0]?.kernel;
  };
  const named = { vendor: "v", architecture: "a", description: "" };
  const blank = { vendor: "", architecture: "", description: "" };

  test("is used on the adapter that it was made on", async () => {
    expect(await kernelWith(named, named)).toBe(DIRECT);
  });

  test.each([
    ["another adapter", named, { ...named, architecture: "b" }],
    ["an adapter without a name", blank, blank],
    ["an adapter that gives only its vendor", { ...blank, vendor: "v" }, { ...blank, vendor: "v" }],
  ])("is ignored on %s", async (_, adapter, tunedOn) => {
    expect(await kernelWith(adapter, tunedOn)).not.toBe(DIRECT);
  });
});
