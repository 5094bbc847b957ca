import { jsonText } from "../core/fields.js";
import { sha256 } from "./digest.js";
import type { AnswerHeader } from "./messages.js";

/**
 * The digest of an answer: of its vector, of what it belongs to and of how it was judged. Two right answers for one
 * replica have the same.
 */
export async function answerDigest(
  {
    round,
    replica,
    examples,
    loss,
    metrics,
  }: Pick<AnswerHeader, "round" | "replica" | "examples" | "loss" | "metrics">,
  payload: Uint8Array,
): Promise<string> {
  const judged = Object.entries(metrics).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = [round, replica, examples, loss, jsonText(judged), await sha256(payload)].join(" ");
  return sha256(new TextEncoder().encode(text));
}
