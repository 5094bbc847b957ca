import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Backend, conv2dBackwardFilter, createBackend, explain } from "webgpu-cnn";
import { confirmQuads } from "../../../src/runtime/webgpu/quadCheck.js";
import { evaluate, upload } from "../../support/backends.js";
import { breaking, changing, requestDevice } from "../../support/device.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";

const CHECK = "shaders/check/quads.wgsl";

describe("quads", () => {
  let device: GPUDevice;
  beforeEach(async () => {
    device = await requestDevice(({ features }) => ({
      requiredFeatures: (["subgroups"] as const).filter((feature) => features.has(feature)),
    }));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    device.destroy();
  });

  /** A gradient for which a software adapter uses quads if it has them. */
  const [X, W, DY] = [
    [2, 14, 14, 8],
    [3, 3, 8, 16],
    [2, 12, 12, 16],
  ];
  const takesQuads = (backend: Backend) => {
    const { dispatches } =
      explain(backend, "conv2dBackwardFilter", { x: X, dy: DY, filterShape: W }, {}).operators[0] ?? {};
    return (dispatches ?? []).some(({ constants }) => constants["QUADS"] === true);
  };
  const expectRightGradient = async (backend: Backend) => {
    const [x, dy] = [randomOperand(X, 1), randomOperand(DY, 2)];
    const dw = await evaluate(backend, () => conv2dBackwardFilter(upload(backend, x), upload(backend, dy), W));
    expectWithinBound(dw, oracle.conv2dBackwardFilter(x, dy, W, {}), "dw");
  };

  test("are used on a software adapter if the check confirms them", async () => {
    const backend = await createBackend({ device });
    // SwiftShader has quads. On another adapter, check and plan agree.
    const confirmed = await confirmQuads(device);
    expect(confirmed || !/swiftshader/i.test(backend.info.architecture + backend.info.description)).toBe(true);
    expect(takesQuads(backend)).toBe(confirmed && backend.info.software);
    await expectRightGradient(backend);
    backend.destroy();
  });

  test.each([
    [
      "lie in another order",
      (device: GPUDevice) => changing(device, CHECK, (code) => code.replace("own, 1u", "own, 2u")),
    ],
    [
      "diverge in loops",
      (device: GPUDevice) => changing(device, CHECK, (code) => code.replace(/steps = 1u/, "steps = 2u")),
    ],
    ["do not compile", (device: GPUDevice) => breaking(device, CHECK)],
  ])("are not used if they %s, and the values are right", async (_, spoil) => {
    const spoilt = spoil(device);
    expect(await confirmQuads(spoilt)).toBe(false);
    const backend = await createBackend({ device: spoilt });
    expect(takesQuads(backend)).toBe(false);
    await expectRightGradient(backend);
    await backend.settled();
    backend.destroy();
  });

  test("are not checked on a device without subgroups", async () => {
    const plain = await requestDevice();
    const modules = vi.spyOn(plain, "createShaderModule");
    expect(await confirmQuads(plain)).toBe(false);
    const backend = await createBackend({ device: plain });
    expect(modules).not.toHaveBeenCalled();
    expect(takesQuads(backend)).toBe(false);
    backend.destroy();
    plain.destroy();
  });

  test("are checked once for a backend, and the check leaves no buffers behind", async () => {
    const buffers: GPUBuffer[] = [];
    const createBuffer = device.createBuffer.bind(device);
    vi.spyOn(device, "createBuffer").mockImplementation((descriptor) => {
      const buffer = createBuffer(descriptor);
      vi.spyOn(buffer, "destroy");
      buffers.push(buffer);
      return buffer;
    });
    const modules = vi.spyOn(device, "createShaderModule");
    const backend = await createBackend({ device });
    const checks = modules.mock.calls.filter(([{ label }]) => label === CHECK);
    expect(checks.length).toBeLessThanOrEqual(1);
    expect(backend.memory()).toEqual({ tensors: 0, liveBytes: 0, pooledBytes: 0, peakBytes: 0 });
    // The Params of the backend itself.
    const left = buffers.filter(({ destroy }) => vi.mocked(destroy).mock.calls.length === 0);
    expect(left).toHaveLength(1);
    backend.destroy();
  });

  test("cause no error if the device is lost during the check", async () => {
    const confirmed = confirmQuads(device);
    device.destroy();
    expect(await confirmed).toBe(false);
  });
});
