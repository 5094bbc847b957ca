import { sha256 } from "./digest.js";
import type { AnswerHeader } from "./messages.js";

/** The digest of an answer: of its vector, and of what it belongs to. Two right answers for one replica have the same. */
export async function answerDigest(
  { round, replica, examples, loss }: Pick<AnswerHeader, "round" | "replica" | "examples" | "loss">,
  payload: Uint8Array,
): Promise<string> {
  const text = [round, replica, examples, loss, await sha256(payload)].join(" ");
  return sha256(new TextEncoder().encode(text));
}
