/** Does what the page's address asks for, tells the server the result, and goes to the page that the server names. */

import { createBackend } from "webgpu-cnn";
import { digests } from "./digests.js";
import { longWork } from "./longWork.js";

const parameters = new URLSearchParams(location.search);
const threads = Number(parameters.get("threads"));

/** What `openAny` gives. */
export interface Opened {
  readonly kind: string;
  readonly reason: string | undefined;
}

async function openAny(): Promise<Opened> {
  const backend = await createBackend();
  const { kind, reason } = backend;
  backend.destroy();
  return { kind, reason };
}

const TASKS: Readonly<Record<string, () => Promise<unknown>>> = {
  digests: () => digests(threads),
  longWork: () => longWork(threads),
  openAny,
};

async function tell(report: { readonly result: unknown } | { readonly error: string }): Promise<void> {
  const answer = await fetch("/report", { method: "POST", body: JSON.stringify(report) });
  const next = await answer.text();
  if (next !== "") location.href = next;
}

addEventListener("error", ({ message }) => void tell({ error: message }));
try {
  const task = TASKS[parameters.get("task") ?? ""];
  if (!task) throw new Error(`no task for ${location.href}`);
  await tell({ result: await task() });
} catch (error) {
  await tell({ error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) });
}
