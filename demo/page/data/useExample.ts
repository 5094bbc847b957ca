import { useMemo } from "preact/hooks";
import type { Example } from "../network/pass.js";
import type { Settings } from "../settings/settings.js";
import { CLASS_NAMES } from "./classes.js";
import { fromBase64url } from "./drawing.js";
import { SIDE, samplesOf } from "./samples.js";

/** What is looked at, and the names of the classes. */
export function useExample({ data, example, drawing }: Settings): {
  readonly example: Example;
  readonly classes: readonly string[];
} {
  const known = data === "own" ? "digits" : data;
  const samples = useMemo(() => samplesOf(known), [known]);
  const looked = useMemo<Example>(() => {
    if (drawing) return { picture: { shape: [1, SIDE, SIDE, 1], values: fromBase64url(drawing) }, label: undefined };
    const picture = samples[example] ?? { shape: [1, SIDE, SIDE, 1], values: new Float32Array(SIDE * SIDE) };
    return { picture, label: example };
  }, [samples, example, drawing]);
  return { example: looked, classes: CLASS_NAMES[known] };
}
