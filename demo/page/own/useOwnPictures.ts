import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import type { HostTensor } from "../../images.js";
import { SIDE } from "../data/drawing.js";
import type { Labelled } from "../data/load.js";

/** A class of the visitor's own. */
export interface OwnClass {
  readonly name: string;
  /** 28 × 28 × 3 bytes each. They never leave the device, and go with the tab. */
  readonly pictures: readonly Uint8Array<ArrayBuffer>[];
}

/** What a network can learn from. */
export interface OwnSamples {
  readonly classes: readonly string[];
  readonly pictures: Labelled;
}

export interface OwnPictures {
  readonly classes: readonly OwnClass[];
  change(changed: (classes: readonly OwnClass[]) => readonly OwnClass[]): void;
  /** Undefined while fewer than two classes have a picture. */
  readonly samples: OwnSamples | undefined;
  /** What the camera sees now, [1, 28, 28, 3]. It is looked at before all others. */
  readonly live: HostTensor | undefined;
  setLive(picture: HostTensor | undefined): void;
}

export const OWN_CLASSES = { fewest: 2, most: 10 } as const;
export const OWN_CHANNELS = 3;
const BYTES = SIDE * SIDE * OWN_CHANNELS;

/** The network begins anew when so many milliseconds have passed since the last picture: a camera gives several a second. */
const REST = 500;

/** The visitor's own classes and their pictures. */
export function useOwnPictures(): OwnPictures {
  const [classes, set] = useState<readonly OwnClass[]>(() => [newClass(0), newClass(1)]);
  const [live, setLive] = useState<HostTensor>();
  const rested = useRested(classes);
  const samples = useMemo(() => samplesOfClasses(rested), [rested]);
  const change = useCallback<OwnPictures["change"]>((changed) => set((current) => changed(current)), []);
  return { classes, change, samples, live, setLive };
}

export const newClass = (number: number): OwnClass => ({ name: `Class ${number + 1}`, pictures: [] });

/** Names do not matter to the network, so it does not begin anew for them. */
function useRested(classes: readonly OwnClass[]): readonly OwnClass[] {
  const [rested, rest] = useState(classes);
  useEffect(() => {
    if (classes.length === rested.length && classes.every(({ pictures }, i) => pictures === rested[i]?.pictures))
      return;
    const timer = setTimeout(() => rest(classes), REST);
    return () => clearTimeout(timer);
  }, [classes, rested]);
  return rested;
}

/** All pictures in one array. @returns undefined if there is nothing to tell apart */
export function samplesOfClasses(classes: readonly OwnClass[]): OwnSamples | undefined {
  if (classes.filter(({ pictures }) => pictures.length > 0).length < OWN_CLASSES.fewest) return undefined;
  const all = classes.flatMap(({ pictures }, label) => pictures.map((bytes) => ({ bytes, label })));
  const images = new Uint8Array(all.length * BYTES);
  for (const [n, { bytes }] of all.entries()) images.set(bytes, n * BYTES);
  return {
    classes: classes.map(({ name }) => name),
    pictures: {
      images,
      shape: [all.length, SIDE, SIDE, OWN_CHANNELS],
      labels: Uint8Array.from(all, ({ label }) => label),
    },
  };
}
