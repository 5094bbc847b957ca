/**
 * Computes what the page shows, on any backend, away from the page's own thread. Only the latest question is of interest: one
 * that comes while another is being answered waits, and is forgotten when a newer one comes. Where nothing waits, the last answer is
 * computed once more for the time, and by a backend that compares every operator with the CPU reference.
 */
import { type Backend, BackendLostError, createBackend, type ValidationReport, WebGPUCNNError } from "webgpu-cnn";
import { answer, type Question } from "./lesson.js";
import type { Adapter, Agreement, FromWorker, ToWorker } from "./messages.js";

interface Backends {
  readonly plain: Backend;
  readonly checked: Backend;
  /** What `checked` has found since this was last emptied. */
  readonly reports: ValidationReport[];
}

const opened = new Map<ToWorker["compute"], Promise<Backends>>();

function backends(compute: ToWorker["compute"]): Promise<Backends> {
  const known = opened.get(compute) ?? open(compute);
  opened.set(compute, known);
  return known;
}

async function open(kind: ToWorker["compute"]): Promise<Backends> {
  const reports: ValidationReport[] = [];
  const plain = await createBackend({ kind });
  // The reference cannot be compared with itself.
  const checked =
    plain.kind === "cpu"
      ? plain
      : await createBackend({ kind: plain.kind, validate: (report) => reports.push(report) });
  return { plain, checked, reports };
}

let waiting: ToWorker | undefined;
let busy = false;
/** Questions over which a device was lost. */
const retried = new WeakSet<ToWorker>();

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  waiting = data;
  if (!busy) void answerAll();
});

async function answerAll(): Promise<void> {
  busy = true;
  while (waiting) {
    const message = waiting;
    waiting = undefined;
    try {
      post(await tell(message));
      // Messages arrive between tasks: one more task is one more chance for a newer question.
      await new Promise((resolve) => setTimeout(resolve));
      if (!waiting) post(await judge(message));
    } catch (error) {
      if (error instanceof BackendLostError && !retried.has(message)) {
        // Recovery is a new backend, and the question asked once more.
        retried.add(message);
        opened.delete(message.compute);
        waiting ??= message;
        continue;
      }
      post({ type: "refusal", id: message.id, ...inWords(error) });
    }
  }
  busy = false;
}

async function tell({ id, compute, question }: ToWorker): Promise<FromWorker> {
  const { plain } = await backends(compute);
  return { type: "answer", id, question, adapter: adapterOf(plain), ...(await timed(plain, question)) };
}

async function timed(backend: Backend, question: Question) {
  const start = performance.now();
  const found = await answer(backend, question);
  return { answer: found, milliseconds: performance.now() - start };
}

async function judge({ id, compute, question }: ToWorker): Promise<FromWorker> {
  const { plain, checked, reports } = await backends(compute);
  const { milliseconds } = await timed(plain, question);
  if (plain === checked) return { type: "verdict", id, agreement: null, milliseconds };
  reports.length = 0;
  await answer(checked, question);
  await checked.settled();
  const agreement: Agreement = {
    tensors: reports.length,
    largestError: Math.max(...reports.map(({ largestError }) => largestError)),
    largestShare: Math.max(...reports.map(({ largestShare }) => largestShare)),
  };
  return { type: "verdict", id, agreement, milliseconds };
}

function adapterOf({ kind, reason, info }: Backend): Adapter {
  const { description, vendor, architecture, software, threads = 0 } = info;
  return { kind, reason, name: description || `${vendor} ${architecture}`.trim(), software, threads };
}

function inWords(error: unknown) {
  const known = error instanceof WebGPUCNNError;
  return { name: known ? error.name : "Error", message: error instanceof Error ? error.message : String(error) };
}

function post(message: FromWorker): void {
  self.postMessage(message);
}
