import { useEffect, useMemo, useState } from "preact/hooks";
import type { HostTensor } from "../../images.js";
import type { Example } from "../network/pass.js";
import { OWN_CHANNELS, type OwnPictures } from "../own/useOwnPictures.js";
import type { Settings } from "../settings/settings.js";
import type { NetworkClient } from "../worker/client.js";
import { CLASS_NAMES } from "./classes.js";
import { fromBase64url, SIDE } from "./drawing.js";
import type { Labelled } from "./packed.js";
import { samplesOf } from "./samples.js";

/** An example whose class is known. */
export interface KnownExample extends Example {
  readonly label: number;
}

export interface Examples {
  /** What is looked at. */
  readonly example: Example;
  /** One of each class, to choose from. The setting `example` is the class of the chosen one. */
  readonly examples: readonly KnownExample[];
  /** The names of the classes. */
  readonly classes: readonly string[];
}

/** What is looked at, and what else could be. */
export function useExample(settings: Settings, own: OwnPictures, client: NetworkClient): Examples {
  const { data, example, drawing } = settings;
  const examples = useMemo(() => (data === "own" ? ownExamples(own) : knownExamples(data)), [data, own.classes]);
  const classes = useMemo(
    () => (data === "own" ? own.classes.map(({ name }) => name) : CLASS_NAMES[data]),
    [data, own.classes],
  );
  const item = useTestItem(settings, client);
  // Who chooses another picture has tried this one.
  useEffect(() => own.setTried(undefined), [data, example, settings.item]);
  const shown = data === "own" ? (own.live ?? own.tried) : undefined;
  const looked = useMemo<Example>(() => {
    if (shown) return { picture: shown, label: undefined };
    if (drawing && data !== "own") return { picture: picture(fromBase64url(drawing)), label: undefined };
    return item ?? examples.find(({ label }) => label === example) ?? examples[0] ?? nothing(data);
  }, [shown, drawing, data, item, examples, example]);
  return { example: looked, examples, classes };
}

/** The test item of the settings; undefined until it is there. */
function useTestItem({ data, item }: Settings, client: NetworkClient): KnownExample | undefined {
  const [found, find] = useState<{ readonly of: string; readonly example: KnownExample | undefined }>();
  const of = `${data} ${item}`;
  useEffect(() => {
    if (item === 0) return;
    let wanted = true;
    client.ask("testItems", { data, items: [item - 1] }).then(
      (items) => wanted && find({ of, example: exampleOf(items, 0) }),
      // Without it, the example is looked at.
      () => wanted && find({ of, example: undefined }),
    );
    return () => {
      wanted = false;
    };
  }, [client, data, item, of]);
  return found?.of === of ? found.example : undefined;
}

/** An item of a set, from 0 to 1. Undefined beyond its end. */
export function exampleOf({ images, shape, labels }: Labelled, n: number): KnownExample | undefined {
  const [, height, width, channels] = shape;
  const size = height * width * channels;
  const label = labels[n];
  if (label === undefined || images.length < (n + 1) * size) return undefined;
  const values = Float32Array.from(images.subarray(n * size, (n + 1) * size), (byte) => byte / 255);
  return { picture: { shape: [1, height, width, channels], values }, label };
}

function knownExamples(data: Exclude<Settings["data"], "own">): KnownExample[] {
  return samplesOf(data).map((sample, label) => ({ picture: sample, label }));
}

function ownExamples({ classes }: OwnPictures): KnownExample[] {
  return classes.flatMap(({ pictures: [first] }, label) =>
    first ? [{ picture: picture(Float32Array.from(first, (byte) => byte / 255)), label }] : [],
  );
}

const nothing = (data: Settings["data"]): Example => ({
  picture: picture(new Float32Array(SIDE * SIDE * (data === "own" ? OWN_CHANNELS : 1))),
  label: undefined,
});

function picture(values: Float32Array): HostTensor {
  return { shape: [1, SIDE, SIDE, values.length / (SIDE * SIDE)], values };
}
