import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import type { HostTensor } from "../../images.js";
import { SIDE } from "../data/drawing.js";
import type { Labelled } from "../data/packed.js";

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
  /** Undefined while fewer than two classes have a picture. They follow the classes a moment later. */
  readonly samples: OwnSamples | undefined;
  /** Whether that moment has not passed yet. */
  readonly waits: boolean;
  /** Ends the moment at once. */
  settle(): void;
  /** Whether two classes have a picture. */
  readonly enough: boolean;
  /** What the camera sees now, [1, 28, 28, 3]. It is looked at before all others. */
  readonly live: HostTensor | undefined;
  setLive(picture: HostTensor | undefined): void;
  /** A picture that is looked at, and that no network learns from. */
  readonly tried: HostTensor | undefined;
  setTried(picture: HostTensor | undefined): void;
}

export const OWN_CLASSES = { fewest: 2, most: 10 } as const;
export const OWN_CHANNELS = 3;
const BYTES = SIDE * SIDE * OWN_CHANNELS;

/** The network begins anew when so many milliseconds have passed since the last picture: a camera gives several a second. */
const REST = 500;

/** The visitor's own classes and their pictures. */
export function useOwnPictures(): OwnPictures {
  const [{ classes, rested }, set] = useState(() => {
    const first: readonly OwnClass[] = [newClass(0), newClass(1)];
    return { classes: first, rested: first };
  });
  const [live, setLive] = useState<HostTensor>();
  const [tried, setTried] = useState<HostTensor>();
  const samples = useMemo(() => samplesOfClasses(rested), [rested]);
  const change = useCallback<OwnPictures["change"]>((changed) => {
    set(({ classes, rested }) => {
      const next = changed(classes);
      // With a class more or less, it is another network at once: it has no place for pictures of a class that is gone.
      return { classes: next, rested: next.length === classes.length ? rested : next };
    });
  }, []);
  const settle = useCallback(() => set(({ classes }) => ({ classes, rested: classes })), []);
  const waits = !havePicturesOf(classes, rested);
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(settle, REST);
    return () => clearTimeout(timer);
  }, [waits, classes, settle]);
  return { classes, change, samples, waits, settle, enough: areEnough(classes), live, setLive, tried, setTried };
}

export const newClass = (number: number): OwnClass => ({ name: `Class ${number + 1}`, pictures: [] });

/** Names do not matter to the network, so it does not begin anew for them. */
const havePicturesOf = (classes: readonly OwnClass[], others: readonly OwnClass[]) =>
  classes.length === others.length && classes.every(({ pictures }, i) => pictures === others[i]?.pictures);

const areEnough = (classes: readonly OwnClass[]) =>
  classes.filter(({ pictures }) => pictures.length > 0).length >= OWN_CLASSES.fewest;

/** All pictures in one array. @returns undefined if there is nothing to tell apart */
export function samplesOfClasses(classes: readonly OwnClass[]): OwnSamples | undefined {
  if (!areEnough(classes)) return undefined;
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
