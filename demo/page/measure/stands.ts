/** What the calls are measured on: a WebGPU device, and WebAssembly. */
import { type Backend, createBackend } from "webgpu-cnn";
import { measureDevice } from "../../../bench/ceiling/device.js";
import { WasmLimits } from "../../../bench/ceiling/wasm.js";
import { wallClock } from "../../../bench/timing.js";
import { openDevice } from "../../../src/runtime/webgpu/device.js";
import { deviceOf } from "../worker/device.js";
import type { Kind, Limits, MeasuredDevice } from "./measurements.js";

/** A kind of backend that there is. */
export interface Stand {
  readonly kind: Kind;
  /** What no kernel passes. Other work on the machine makes it smaller, so measure it more than once. */
  measureLimits(): Promise<Limits>;
  open(): Promise<Backend>;
  /** Resolves when all work that is queued on a backend of this stand is done. */
  finish(backend: Backend): Promise<void>;
  /** @throws Error if the device has refused some work */
  check(): void;
}

export interface Opened {
  readonly found: MeasuredDevice;
  /** Undefined if there is no such backend. */
  readonly stand: Stand | undefined;
}

/** Opens a kind of backend, and measures its limits. */
export async function openStand(kind: Kind): Promise<Opened> {
  try {
    const stand = await (kind === "webgpu" ? onWebGPU() : onWasm());
    const backend = await stand.open();
    const device = deviceOf(backend);
    backend.destroy();
    return { found: { kind, device, reason: undefined, limits: await stand.measureLimits() }, stand };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { found: { kind, device: undefined, reason, limits: undefined }, stand: undefined };
  }
}

async function onWebGPU(): Promise<Stand> {
  const gpu = navigator.gpu;
  if (!gpu) throw new Error("this browser has no WebGPU");
  const { device } = await openDevice([{ name: "navigator.gpu", find: async () => gpu }], "any");
  const errors: string[] = [];
  device.addEventListener("uncapturederror", ({ error }) => errors.push(error.message));
  const check = () => {
    if (errors.length > 0) throw new Error(`the device refused some work: ${errors.join("; ")}`);
  };
  return {
    kind: "webgpu",
    measureLimits: async () => {
      const limits = await measureDevice(device, async () => {
        await device.queue.onSubmittedWorkDone();
      });
      // A kernel that is refused "runs" in no time.
      check();
      return limits;
    },
    open: () => createBackend({ device }),
    finish: async (backend) => {
      backend.flush();
      await device.queue.onSubmittedWorkDone();
    },
    check,
  };
}

async function onWasm(): Promise<Stand> {
  const backend = await createBackend({ kind: "wasm" });
  const { threads = 1 } = backend.info;
  backend.destroy();
  const { webThreads } = await import("../../../src/runtime/wasm/threads/threads.page.js");
  return {
    kind: "wasm",
    measureLimits: async () => {
      const limits = await WasmLimits.open(threads, webThreads);
      try {
        return await limits.measure(wallClock);
      } finally {
        limits.close();
      }
    },
    open: () => createBackend({ kind: "wasm" }),
    finish: (opened) => opened.settled(),
    check: () => {},
  };
}
