/** What the page can ask of the worker, and what comes back. */
import type { Labelled } from "../data/packed.js";
import type { Volunteered, VolunteerPart, VolunteerQuestion } from "../join/volunteering.js";
import type { Measured, MeasuredPart, MeasureQuestion } from "../measure/measurements.js";
import type { Example } from "../network/pass.js";
import type { StepAnswers, StepQuestions } from "../network/steps.js";
import type { Settings } from "../settings/settings.js";
import type { Enlarged, EnlargedTile, EnlargeQuestion } from "../upscale/enlarge.js";
import type { Snapshot } from "./messages.js";

export interface Questions extends StepQuestions {
  /** Test items by their numbers, from 0. */
  readonly testItems: { readonly data: Settings["data"]; readonly items: readonly number[] };
  /** The network as it is now, or as it was before its first step, and what an example makes of it. */
  readonly snapshotOf: { readonly example: Example; readonly atStart: boolean };
  readonly enlarge: EnlargeQuestion;
  readonly measure: MeasureQuestion;
  /** Work for a training on many machines, until it is done. */
  readonly volunteer: VolunteerQuestion;
  /** Waits until that work, which nobody waits for any more, has ended. */
  readonly leave: Record<string, never>;
}

export interface Answers extends StepAnswers {
  readonly testItems: Labelled;
  readonly snapshotOf: Snapshot;
  readonly enlarge: Enlarged;
  readonly measure: Measured;
  readonly volunteer: Volunteered;
  readonly leave: undefined;
}

/** What comes before the answer, piece by piece, of the questions that take long. */
export interface Parts {
  readonly enlarge: EnlargedTile;
  readonly measure: MeasuredPart;
  readonly volunteer: VolunteerPart;
}

export type PartOf<Kind extends keyof Questions> = Kind extends keyof Parts ? Parts[Kind] : never;
