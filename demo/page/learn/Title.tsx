import type { RoomProps } from "../App.js";
import { count, percent } from "../look/words.js";
import type { Settings } from "../settings/settings.js";

interface Words {
  readonly verb: string;
  readonly things: string;
  /** What the accuracy is of. */
  readonly tested: string;
  readonly untrained: string;
}

const WORDS: Readonly<Record<Settings["data"], Words>> = {
  digits: {
    verb: "reads",
    things: "a handwritten digit",
    tested: "the digits it has never seen",
    untrained: "It guesses: this network has never seen a digit",
  },
  fashion: {
    verb: "recognizes",
    things: "an item of clothing",
    tested: "the items of clothing it has never seen",
    untrained: "It guesses: this network has never seen clothing",
  },
  own: {
    verb: "recognizes",
    things: "one of your pictures",
    tested: "your pictures",
    untrained: "It guesses: this network has seen none of your pictures",
  },
};

/** The title is the result: it says what is true now. */
export function Title({ network, settings, own }: RoomProps) {
  const { snapshot, tests, activity } = network;
  const { verb, things, tested, untrained } = WORDS[settings.data];
  const result = tests.at(-1);
  const learned = snapshot && snapshot.step > 0;
  const waits = settings.data === "own" && !own.samples;
  const title = waits
    ? "Show it two kinds of things, and it learns to tell them apart"
    : learned && result
      ? `After ${duration(snapshot.seconds)} it ${verb} ${percent(result.accuracy)} of ${tested}`
      : activity === "opening" || !snapshot
        ? "A network that learns before your eyes"
        : untrained;
  const line = waits
    ? "It needs pictures in two classes. They never leave this device."
    : activity === "loading"
      ? "What it learns from is on its way …"
      : learned
        ? `It started from random filters and has looked at ${things} ${count(snapshot.seen)} times. Click any layer to see inside.`
        : "Its filters are random. Press Train and watch them take shape.";
  return (
    <div class="learn-title">
      <h1>{title}</h1>
      <p class="quiet">{line}</p>
      {/* Said once, when the training rests: while it runs, the title changes too often to be read out. */}
      <p class="unseen" role="status">
        {activity === "paused" && learned && result ? `Paused at step ${snapshot.step}. ${title}` : ""}
      </p>
    </div>
  );
}

function duration(seconds: number): string {
  if (seconds < 1) return "less than a second";
  const whole = Math.round(seconds);
  return whole === 1 ? "1 second" : whole < 120 ? `${whole} seconds` : `${Math.round(whole / 60)} minutes`;
}
