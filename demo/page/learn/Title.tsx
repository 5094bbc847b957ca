import type { RoomProps } from "../App.js";
import { count, percent } from "../look/words.js";
import type { Settings } from "../settings/settings.js";
import { noteOn, resultOf } from "./own/ownTest.js";

interface Words {
  readonly things: string;
  /** What a test says, but for the pictures of one's own. */
  readonly result: (share: string) => string;
  readonly untrained: string;
}

const WORDS: Readonly<Record<Settings["data"], Words>> = {
  digits: {
    things: "handwritten digits",
    result: (share) => `reads ${share} of unseen digits`,
    untrained: "It guesses: this network has never seen a digit",
  },
  fashion: {
    things: "pictures of clothing",
    result: (share) => `recognizes ${share} of unseen clothing`,
    untrained: "It guesses: this network has never seen clothing",
  },
  own: {
    things: "of your pictures",
    result: (share) => `recognizes ${share} of your pictures`,
    untrained: "It guesses: this network has seen none of your pictures",
  },
};

/** The title is the result: it says what is true now. */
export function Title(props: RoomProps) {
  const { snapshot, activity } = props.network;
  const title = titleOf(props);
  const rests = activity === "paused" && snapshot && snapshot.step > 0 && !props.network.changing;
  return (
    <div class="learn-title">
      <h1>{title}</h1>
      <p class="quiet">{lineOf(props)}</p>
      {/* Said once, when the training rests: while it runs, the title changes too often to be read out. */}
      <p class="unseen" role="status">
        {rests ? `Paused at step ${snapshot.step}. ${title}` : ""}
      </p>
    </div>
  );
}

function titleOf({ network, settings, own }: RoomProps): string {
  const { plan, snapshot, tests, lastTest, activity, changing, refusal } = network;
  if (settings.data === "own" && !own.enough) return "Show it two kinds of things to tell apart";
  if (!plan || !snapshot) return "A network that learns before your eyes";
  if (changing) return refusal ? "There is no network now" : "A new network begins";
  if (activity === "catching up") return `It repeats its first ${count(plan.steps)} steps`;
  // The settings may ask for a network that cannot be. This one is of other data, then.
  const words = WORDS[plan.data];
  const test = tests.at(-1);
  if (snapshot.step === 0) return words.untrained;
  if (!test) return "It learns: the first test is on its way";
  if (plan.data === "own" && lastTest && own.samples) return `It ${resultOf(lastTest, own.samples)}`;
  return `After ${duration(test.seconds)} it ${words.result(percent(test.accuracy))}`;
}

function lineOf({ network, settings, own }: RoomProps): string {
  const { plan, snapshot, tests, activity, changing } = network;
  if (settings.data === "own" && !own.enough) return "It needs pictures in two classes. They never leave this device.";
  if (activity === "loading") return "What it learns from is on its way …";
  if (activity === "catching up" && snapshot && !changing)
    return `It is at step ${count(snapshot.step)}. Pause leaves it there.`;
  if (!plan || !snapshot || changing || snapshot.step === 0)
    return "Its filters are random. Press Train and watch them take shape.";
  const looks = Math.round(snapshot.seen / Math.max(1, snapshot.step));
  const seen = `has looked at ${count(looks)} ${WORDS[plan.data].things} in each of ${count(snapshot.step)} ${snapshot.step === 1 ? "step" : "steps"}`;
  const note = plan.data === "own" && tests.length > 0 && own.samples ? noteOn(own.samples) : undefined;
  return note ? `It ${seen}. ${note}` : `It started from random filters and ${seen}. Click any layer to see inside.`;
}

function duration(seconds: number): string {
  if (seconds < 1) return "less than a second";
  const whole = Math.round(seconds);
  return whole === 1 ? "1 second" : whole < 120 ? `${whole} seconds` : `${Math.round(whole / 60)} minutes`;
}
