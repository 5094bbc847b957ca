import { pickItems } from "../data/items.js";
import { STEPS, type StepAnswers, type StepKind, type StepQuestions } from "../network/steps.js";
import type { Answers, PartOf, Questions } from "./questions.js";
import type { Session } from "./session.js";

/** The line to whoever waits for an answer. */
export interface Line<Part> {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Says how far the work is, from 0 to 1, and sends what is there. */
  report(progress: number, part: Part): void;
}

type Answerers = {
  readonly [Kind in keyof Questions]: (
    session: Session,
    question: Questions[Kind],
    line: Line<PartOf<Kind>>,
  ) => Promise<Answers[Kind]>;
};

const ANSWERERS: Answerers = {
  snapshotOf: (session, { example, atStart }) =>
    session.ask((network) => (atStart ? network.startSnapshot(example) : network.snapshot(example))),
  // What only one room needs is loaded when it is needed.
  measure: async (_, ...call) => (await import("../measure/measuring.js")).measure(...call),
  enlarge: async (...call) => (await import("../upscale/enlarge.js")).enlarge(...call),
  volunteer: async (...call) => (await import("../join/volunteering.js")).volunteer(...call),
  leave: async () => (await import("../join/volunteering.js")).leave(),
  testItems: async (session, { data, items }) => pickItems((await session.dataset(data)).test, items),
  convStep: step("convStep"),
  poolStep: step("poolStep"),
  gateStep: step("gateStep"),
  strongest: step("strongest"),
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
  line: Line<PartOf<Kind>>,
): Promise<Answers[Kind]> {
  return ANSWERERS[kind](session, question, line);
}
