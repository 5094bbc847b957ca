import { type Backend, type BackendMemory, conv2d, createBackend, maxPool2d } from "webgpu-cnn";
import { uncapturedErrors } from "../support/uncapturedErrors.js";

/** Provided by the test. The page sees the crash only later. */
declare function crashGPUProcess(): Promise<void>;

/** The effects of a crash on a page, and the state afterwards. Errors are given as "Name: message". */
export interface Report {
  /** The outcome of each pending read and settled(). */
  readonly pending: readonly string[];
  readonly lost: string;
  /** The outcomes of later calls. */
  readonly later: readonly string[];
  readonly memory: BackendMemory;
  /** The backend that was being opened during the crash. */
  readonly opened: Opened;
  /** A backend opened afterwards, and a value that it computes. */
  readonly next: Opened;
  readonly maximum: readonly number[];
  readonly uncaptured: readonly string[];
}

type Opened = Pick<Backend, "kind" | "reason">;

/** The outcome of a call or of its promise. */
async function endOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return "it went well";
  } catch (error) {
    return String(error);
  }
}

async function crash(validate: boolean): Promise<Report> {
  const backend = await createBackend({ kind: "webgpu", validate });
  const [x, w] = [backend.full([4, 56, 56, 16], 1), backend.full([3, 3, 16, 64], 1)];
  const pool = () => maxPool2d(x, { windowDimensions: 2 });
  const pooled = pool();
  await pooled.read();
  pooled.dispose();

  // Seconds of work for a software adapter.
  const outputs = Array.from({ length: 30 }, () => conv2d(x, w));
  const waiting = [...outputs, x].map((tensor) => endOf(() => tensor.read()));
  waiting.push(endOf(() => backend.settled()));
  const opening = openAny();
  await crashGPUProcess();
  const pending = await Promise.all(waiting);
  const { reason, message } = await backend.lost;
  const calls = [pool, () => backend.tensor([1]), () => x.read(), () => backend.settled(), () => backend.warmUp(pool)];
  const later = await Promise.all(calls.map(endOf));
  for (const tensor of [x, w, ...outputs]) tensor.dispose();

  const opened = await opening;
  const next = await openAny();
  const maximum = await maxPool2d(next.tensor([1, 9, 2, 8], [1, 2, 2, 1]), { windowDimensions: 2 }).read();
  const report = {
    pending,
    lost: `${reason}: ${message}`,
    later,
    memory: backend.memory(),
    opened: { kind: opened.kind, reason: opened.reason },
    next: { kind: next.kind, reason: next.reason },
    maximum: [...maximum],
    uncaptured: await uncapturedErrors(),
  };
  for (const open of [opened, next]) open.destroy();
  return report;
}

/** WebGPU, on a software adapter too. If the browser has none any more, what is left. */
function openAny(): Promise<Backend> {
  return createBackend({ kind: "webgpu" }).catch(() => createBackend());
}

Object.assign(globalThis, { crash });
