import { createBackend } from "webgpu-cnn";
import type { Digits } from "./digits.js";
import { work } from "./worker.js";
import type { WorkerEvent, WorkerSettings } from "./workerSettings.js";

/** Digits on their way into the page. */
export interface PlainDigits {
  readonly images: readonly number[];
  readonly shape: Digits["shape"];
  readonly labels: readonly number[];
}

declare global {
  /** Works in the page until the job is done. */
  var workInPage: (settings: WorkerSettings, digits: PlainDigits) => Promise<void>;
  /** The test has it. */
  var tell: (event: WorkerEvent) => void;
}

globalThis.workInPage = async (settings, { images, shape, labels }) => {
  const backend = await createBackend({ kind: "wasm" });
  const digits = { images: Uint8Array.from(images), shape, labels: Uint8Array.from(labels) };
  await work(settings, backend, digits, globalThis.tell);
  backend.destroy();
};
