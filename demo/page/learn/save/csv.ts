import type { CurvePoint, TestResult } from "../../worker/messages.js";
import { confusionOf } from "../mistakes/confusion.js";

/** Every step, and the tests beside the steps after which they were made. */
export function curveCsv(curve: readonly CurvePoint[], tests: readonly CurvePoint[]): string {
  const tested = new Map(tests.map((test) => [test.step, test]));
  return table([
    ["step", "loss", "accuracy", "test loss", "test accuracy"],
    ...curve.map(({ step, loss, accuracy }) => {
      const test = tested.get(step);
      return [step, loss, accuracy, test?.loss ?? "", test?.accuracy ?? ""];
    }),
  ]);
}

/** A row for what the items are, a column for what they are taken for. */
export function confusionCsv(result: TestResult, classes: readonly string[]): string {
  const rows = confusionOf(result, classes.length).map((row, label) => [classes[label] ?? "", ...row]);
  return table([["is, read as", ...classes], ...rows]);
}

function table(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

/** By RFC 4180. */
function field(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
