import { withPage } from "../../../support/page.js";
import { builtPage } from "./bundle.js";
import type { Digits } from "./digits.js";
import type { WorkerEvent, WorkerSettings } from "./workerSettings.js";

/** A worker in a page. */
export interface PageWorker {
  /** Resolves when it has joined the job. */
  readonly joined: Promise<void>;
  /** Resolves when it is done, with all that it told. */
  readonly ended: Promise<readonly WorkerEvent[]>;
}

/** Starts a worker in a browser of its own, which ends with it. */
export async function startPageWorker(settings: WorkerSettings, digits: Digits): Promise<PageWorker> {
  const folder = await builtPage();
  const events: WorkerEvent[] = [];
  const { promise: joined, resolve, reject } = withResolvers();
  const plain = { images: [...digits.images], shape: digits.shape, labels: [...digits.labels] };
  const ended = withPage(folder, async (page) => {
    await page.exposeFunction("tell", (event: WorkerEvent) => {
      events.push(event);
      if (event.event === "state" && event.state === "joined") resolve();
    });
    await page.evaluate(([settings, digits]) => globalThis.workInPage(settings, digits), [settings, plain] as const);
    return events;
  });
  ended.then(() => reject(new Error(`the page has not joined: ${JSON.stringify(events)}`)), reject);
  return { joined, ended };
}

function withResolvers() {
  let resolve = () => {};
  let reject = (_: unknown) => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    [resolve, reject] = [onResolve, onReject];
  });
  return { promise, resolve, reject };
}
