import type { Backend } from "../core/backend.js";
import { BackendLostError, BackendUnavailableError, OptionError, show } from "../core/errors.js";
import type { ValidationReport } from "../core/inspection.js";
import { OptionReader } from "../core/options.js";
import type { BackendKind } from "../core/runtime.js";
import { checkTuning, type Tuning } from "../core/tuning.js";
import type { Threads } from "../runtime/wasm/threads/threads.js";
import { backendInfo, type GPUProvider, openDevice } from "../runtime/webgpu/device.js";
import { confirmQuads } from "../runtime/webgpu/quadCheck.js";
import { GpuRuntime, type GpuRuntimeOptions } from "../runtime/webgpu/runtime.js";
import { RuntimeBackend } from "./backend.js";
import type { Validator } from "./inspect/validation.js";

/** The options of `createBackend`. */
export interface BackendOptions {
  /**
   * "auto" (default): WebGPU if there is a hardware adapter, else WebAssembly, else the CPU reference. `backend.reason`
   * then tells why. "webgpu" takes a software adapter too.
   */
  readonly kind?: "auto" | BackendKind | undefined;
  /**
   * A device of the caller. The library uses it with its limits and features, and never destroys it. `createBackend`
   * throws an OptionError if `kind` is "wasm" or "cpu" too.
   */
  readonly device?: GPUDevice | undefined;
  /**
   * Whether to run every operator on the CPU reference too, and compare; see ValidationError. A function is called with
   * the result of every comparison. On the CPU backend there is nothing to compare. False if left out.
   */
  readonly validate?: boolean | ((report: ValidationReport) => void) | undefined;
  /**
   * The threads of WebAssembly, the caller's included. There are at most 64. If left out, it is the number of cores, but
   * at most 8, and one less on a page.
   */
  readonly threads?: number | undefined;
  /**
   * Whether WebAssembly may use fused multiply-add, where the engine has it. It is faster, but the bits depend on the
   * processor. False if left out.
   */
  readonly relaxedSimd?: boolean | undefined;
  /** The most bytes of idle GPU buffers that are kept for reuse. 256 MiB if left out. */
  readonly poolLimitBytes?: number | undefined;
  /** The choices that `backend.autotune()` made on this adapter. Choices for another adapter are ignored. */
  readonly tuning?: Tuning | undefined;
}

const DEFAULT_POOL_LIMIT = 256 * 2 ** 20;

/** What differs between a page and Node. */
export interface Environment {
  /** WebGPU comes from the first of them that has a device. */
  readonly gpus: readonly GPUProvider[];
  /** Loads the module that starts threads. */
  threads(): Promise<Threads>;
}

/** `createBackend`, for an environment. */
export async function openBackend(environment: Environment, options: BackendOptions): Promise<Backend> {
  const reader = new OptionReader("createBackend", options, [
    "kind",
    "device",
    "validate",
    "threads",
    "relaxedSimd",
    "poolLimitBytes",
    "tuning",
  ]);
  const kind = reader.word("kind", ["auto", "webgpu", "wasm", "cpu"], "auto");
  const poolLimitBytes = reader.integer("poolLimitBytes", 0, DEFAULT_POOL_LIMIT);
  const validate = reportFor(options.validate);
  const threads = options.threads === undefined ? undefined : reader.integer("threads", 1);
  const relaxedSimd = reader.boolean("relaxedSimd", false);
  const tuning = options.tuning === undefined ? undefined : checkTuning("createBackend", options.tuning);
  const { device } = options;
  const webgpu = async (device: GPUDevice, own: Pick<GpuRuntimeOptions, "ownsDevice" | "adapterInfo">) => {
    const validator = validate && (await loadValidator(validate));
    // Only plans for software adapters use quads.
    const { software } = backendInfo(own.adapterInfo ?? device.adapterInfo);
    const quads = software && (await confirmQuads(device));
    return new RuntimeBackend(new GpuRuntime(device, { ...own, poolLimitBytes, tuning, quads }), undefined, validator);
  };
  const wasm = async (reason: string | undefined) => {
    const [{ openWasm }, { kernels: fallback }, starter] = await Promise.all([
      import("../runtime/wasm/openWasm.js"),
      import("../runtime/reference/kernels.js"),
      environment.threads(),
    ]);
    const runtime = await openWasm({ threads, starter, relaxedSimd, fallback });
    return new RuntimeBackend(runtime, reason, validate && (await loadValidator(validate)));
  };
  if (device !== undefined) {
    if (kind === "cpu" || kind === "wasm")
      throw new OptionError(`createBackend: device is given, expected kind "webgpu" or none, got ${show(kind)}`);
    await checkDevice(device);
    return webgpu(device, { ownsDevice: false });
  }
  if (kind === "cpu") return onCpu(undefined);
  if (kind === "wasm") return wasm(undefined);
  try {
    const { device: own, adapterInfo } = await openDevice(environment.gpus, kind === "auto" ? "hardware" : "any");
    return await webgpu(own, { ownsDevice: true, adapterInfo });
  } catch (error) {
    if (kind === "webgpu" || !(error instanceof BackendUnavailableError)) throw error;
    return wasm(error.message).catch((noWasm: unknown) => {
      if (!(noWasm instanceof BackendUnavailableError)) throw noWasm;
      return onCpu(`${error.message}; ${noWasm.message}`);
    });
  }
}

// The other runtimes are loaded on demand. An app that finds WebGPU and does not validate never loads them.

async function onCpu(reason: string | undefined): Promise<Backend> {
  const { ReferenceRuntime } = await import("../runtime/reference/runtime.js");
  return new RuntimeBackend(new ReferenceRuntime(), reason);
}

async function loadValidator(report: Report): Promise<Validator> {
  const { Validator } = await import("./inspect/validation.js");
  return new Validator(report);
}

type Report = (report: ValidationReport) => void;

function reportFor(validate: unknown): Report | undefined {
  if (validate === undefined || validate === false) return undefined;
  if (validate === true) return () => {};
  if (typeof validate === "function") return (report) => validate(report);
  throw new OptionError(`createBackend: validate is ${show(validate)}, expected true, false or a function`);
}

async function checkDevice(device: unknown): Promise<void> {
  // It is recognised by its members, because in Node the class GPUDevice is not global.
  if (typeof device !== "object" || device === null || !("queue" in device) || !("createComputePipeline" in device)) {
    throw new OptionError(`createBackend: device must be a GPUDevice, got ${show(device)}`);
  }
  const lost = "lost" in device ? await Promise.race([device.lost, undefined]) : undefined;
  if (lost !== undefined)
    throw new BackendLostError("createBackend: device is already lost; request a new one from the adapter");
}
