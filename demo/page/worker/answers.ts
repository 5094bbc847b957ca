import { pickItems } from "../data/load.js";
import type { Answers, Questions } from "./questions.js";
import type { Session } from "./session.js";

type Answerers = {
  readonly [Kind in keyof Questions]: (session: Session, question: Questions[Kind]) => Promise<Answers[Kind]>;
};

const ANSWERERS: Answerers = {
  testItems: async (session, { data, items }) => pickItems((await session.dataset(data)).test, items),
};

/** Answers a question of the page. */
export function answer<Kind extends keyof Questions>(
  session: Session,
  kind: Kind,
  question: Questions[Kind],
): Promise<Answers[Kind]> {
  return ANSWERERS[kind](session, question);
}
