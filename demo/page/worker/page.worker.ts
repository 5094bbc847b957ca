/** Computes everything that the page shows, away from the page's own thread. */
import { type Backend, createBackend, WebGPUCNNError } from "webgpu-cnn";
import type { Settings } from "../settings/settings.js";
import { answer, type Line } from "./answers.js";
import { deviceOf } from "./device.js";
import type { FromWorker, ToWorker } from "./messages.js";
import type { PartOf, Questions } from "./questions.js";
import { Session } from "./session.js";

let compute: Settings["compute"] = "auto";
let opened: { readonly compute: Settings["compute"]; readonly backend: Promise<Backend> } | undefined;

/** The backend that is wanted now. One that was lost, or is of another kind, is replaced. */
async function backend(): Promise<Backend> {
  if (opened?.compute === compute) return opened.backend;
  const before = opened;
  const opening = { compute, backend: createBackend({ kind: compute }) };
  opened = opening;
  post({ type: "activity", activity: "opening" });
  try {
    (await before?.backend)?.destroy();
    const ready = await opening.backend;
    const forget = () => {
      if (opened === opening) opened = undefined;
    };
    ready.lost.then(forget, forget);
    post({ type: "device", device: deviceOf(ready) });
    return ready;
  } catch (error) {
    if (opened === opening) opened = undefined;
    throw error;
  }
}

const session = new Session(backend, post);

/** Of the questions that are not answered yet. */
const asked = new Map<number, AbortController>();

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  const id = data.type === "ask" ? data.id : undefined;
  handle(data).catch((error: unknown) => post({ type: "refusal", id, ...inWords(error) }));
});

async function handle(message: ToWorker): Promise<void> {
  switch (message.type) {
    case "open":
      compute = message.compute;
      return;
    case "network":
      return session.begin(message.plan, message.wish);
    case "samples":
      return session.setSamples(message.classes, message.samples);
    case "run":
      return session.setRunning(message.running);
    case "step":
      return session.step();
    case "drawn":
      return session.hasDrawn();
    case "pace":
      return session.setPace(message.pace);
    case "look":
      return session.look(message.example);
    case "ask":
      return reply(message);
    case "cancel":
      asked.get(message.id)?.abort();
  }
}

async function reply({ id, kind, question }: Extract<ToWorker, { type: "ask" }>): Promise<void> {
  const controller = new AbortController();
  asked.set(id, controller);
  try {
    const line: Line<PartOf<keyof Questions>> = {
      signal: controller.signal,
      report: (progress, part) => post({ type: "progress", id, progress, part }),
    };
    post({ type: "answer", id, answer: await answer(session, kind, question, line) });
  } finally {
    asked.delete(id);
  }
}

function inWords(error: unknown) {
  const known = error instanceof WebGPUCNNError;
  return { name: known ? error.name : "Error", message: error instanceof Error ? error.message : String(error) };
}

function post(message: FromWorker): void {
  self.postMessage(message);
}
