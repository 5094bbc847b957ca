import type { Backend } from "webgpu-cnn";
import { loadMnist } from "../../../demo/mnist.js";
import type { DataSet } from "../../../demo/page/data/load.js";
import type { Labelled } from "../../../demo/page/data/packed.js";
import { blockPlace } from "../../../demo/page/inside/place.js";
import type { Moment } from "../../../demo/page/inside/useMoment.js";
import { type Architecture, stationsOf } from "../../../demo/page/network/architecture.js";
import type { Example } from "../../../demo/page/network/pass.js";
import { Training } from "../../../demo/page/network/training.js";
import { parseSettings } from "../../../demo/page/settings/notation.js";
import { INITIAL, type Settings } from "../../../demo/page/settings/settings.js";
import type { TestResult } from "../../../demo/page/worker/messages.js";

const PIXELS = 784;
const [TRAIN, TEST] = [16_000, 2000];

/** The network of an address after its steps, and what an example makes of it; computed here, by digits of the full set. */
export interface Trained {
  readonly moment: Moment;
  readonly network: Training;
  readonly data: DataSet;
  /** The same with another example. */
  look(example: Example): Promise<Moment>;
  test(): Promise<TestResult>;
}

export async function trainedBy(backend: Backend, address: string): Promise<Trained> {
  const { blocks, activation, dropout, optimizer, rate, batch, seed, steps, example: label } = parseSettings(address);
  const architecture: Architecture = { input: [28, 28, 1], classes: 10, blocks, activation, dropout };
  const { train, test } = await loadMnist();
  const data: DataSet = { train: first(train, steps > 0 ? TRAIN : 1), test: first(test, TEST), classes: [] };
  const network = new Training(backend, {
    architecture,
    method: { optimizer, rate, batch, seed },
    data: "digits",
    steps,
  });
  for (let step = 0; step < steps; step++) await network.train(data);
  const look = async (example: Example): Promise<Moment> => {
    const { weights, pass } = await network.snapshot(example);
    if (!pass) throw new Error("no example");
    return { step: steps, architecture, stations: stationsOf(architecture), weights, pass, rate };
  };
  const moment = await look(digit(data.test, data.test.labels.indexOf(label)));
  return { moment, network, data, look, test: () => network.test(data) };
}

/** The moment alone. */
export async function momentOf(backend: Backend, address: string): Promise<Moment> {
  const { moment, network } = await trainedBy(backend, address);
  await network.dispose();
  return moment;
}

export function digit({ images, labels }: Labelled, n: number): Example {
  const values = Float32Array.from(images.subarray(n * PIXELS, (n + 1) * PIXELS), (byte) => byte / 255);
  return { picture: { shape: [1, 28, 28, 1], values }, label: labels[n] };
}

function first({ images, labels }: Labelled, count: number): Labelled {
  return {
    images: new Uint8Array(images.subarray(0, count * PIXELS)),
    shape: [count, 28, 28, 1],
    labels: new Uint8Array(labels.subarray(0, count)),
  };
}

/** The settings with these changes. */
export const settingsOf = (changes: Partial<Settings>): Settings => ({ ...INITIAL, ...changes });

/** A block of a network, from 1. */
export function blockOf(moment: Moment, number: number) {
  const at = blockPlace(moment.architecture, moment.stations, number);
  if (!at) throw new Error(`no block ${number}`);
  return at;
}
