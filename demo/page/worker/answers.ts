import { pickItems } from "../data/load.js";
import { STEPS, type StepAnswers, type StepKind, type StepQuestions } from "../network/steps.js";
import type { Answers, Questions } from "./questions.js";
import type { Session } from "./session.js";

type Answerers = {
  readonly [Kind in keyof Questions]: (session: Session, question: Questions[Kind]) => Promise<Answers[Kind]>;
};

const ANSWERERS: Answerers = {
  testItems: async (session, { data, items }) => pickItems((await session.dataset(data)).test, items),
  convStep: step("convStep"),
  poolStep: step("poolStep"),
  denseStep: step("denseStep"),
  softmaxSteps: step("softmaxSteps"),
  chainStep: step("chainStep"),
  convGradients: step("convGradients"),
};

function step<Kind extends StepKind>(kind: Kind) {
  return (session: Session, question: StepQuestions[Kind]): Promise<StepAnswers[Kind]> =>
    session.compute((backend) => STEPS[kind](backend, question));
}

/** Answers a question of the page. */
export function answer<Kind extends keyof Questions>(
  session: Session,
  kind: Kind,
  question: Questions[Kind],
): Promise<Answers[Kind]> {
  return ANSWERERS[kind](session, question);
}
