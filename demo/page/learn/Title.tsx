import type { RoomProps } from "../App.js";
import { count, percent } from "../look/words.js";
import type { Settings } from "../settings/settings.js";

const THINGS: Readonly<Record<Settings["data"], readonly [one: string, verb: string, many: string]>> = {
  digits: ["digit", "reads", "digits"],
  fashion: ["item", "recognizes", "items of clothing"],
  own: ["picture", "recognizes", "pictures"],
};

/** The title is the result: it says what is true now. */
export function Title({ network, settings }: RoomProps) {
  const { snapshot, tests, activity } = network;
  const [, verb, things] = THINGS[settings.data];
  const tested = tests.at(-1);
  const learned = snapshot && snapshot.step > 0;
  const title =
    learned && tested
      ? `After ${duration(snapshot.seconds)} it ${verb} ${percent(tested.accuracy)} of the ${things} it has never seen`
      : activity === "opening" || !snapshot
        ? "A network that learns before your eyes"
        : `It guesses: this network has never seen ${settings.data === "digits" ? "a digit" : things}`;
  const line = learned
    ? `It started from random filters and has looked at ${count(snapshot.seen)} ${things}. Click any layer to see inside.`
    : "Its filters are random. Press Train and watch them take shape.";
  return (
    <div>
      <h1>{title}</h1>
      <p class="quiet">{line}</p>
    </div>
  );
}

function duration(seconds: number): string {
  if (seconds < 1) return "less than a second";
  const whole = Math.round(seconds);
  return whole === 1 ? "1 second" : whole < 120 ? `${whole} seconds` : `${Math.round(whole / 60)} minutes`;
}
