import type { Report } from "./messages.js";

/** Tells the page what happened in the worker. */
export function report(message: Report): void {
  self.postMessage(message);
}
