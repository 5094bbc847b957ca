import { FileFormatError } from "../../core/errors.js";
import type { Hdf5Dataset } from "../hdf5/datasets.js";
import type { Hdf5Group } from "../hdf5/hdf5.js";
import type { StoredWeight } from "../read/weights.js";

/** A group of a file with its datasets in memory. */
export interface LoadedGroup {
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  readonly groups: ReadonlyMap<string, LoadedGroup>;
  readonly weights: ReadonlyMap<string, StoredWeight>;
}

/** What is no weight of a layer: the state of optimizers and of random numbers. */
const NOT_READ = /^(optimizer|optimizer_weights|seed_generator)$/;

/**
 * Reads all datasets of a group.
 *
 * @param mostBytes the largest number of bytes of all together
 */
export async function readGroup(operator: string, group: Hdf5Group, mostBytes: number): Promise<LoadedGroup> {
  let left = mostBytes;
  const load = async ({ attributes, groups, datasets }: Hdf5Group): Promise<LoadedGroup> => {
    const weights = new Map<string, StoredWeight>();
    for (const [name, dataset] of datasets) {
      left -= 4 * dataset.shape.reduce((product, extent) => product * extent, 1);
      if (!(left >= 0)) throw new FileFormatError(`${operator}: the weights have more than ${mostBytes} bytes`);
      weights.set(name, await loaded(dataset));
    }
    const inner = new Map<string, LoadedGroup>();
    for (const [name, each] of groups) if (!NOT_READ.test(name)) inner.set(name, await load(each));
    return { attributes, groups: inner, weights };
  };
  return load(group);
}

async function loaded(dataset: Hdf5Dataset): Promise<StoredWeight> {
  const values = await dataset.read();
  return { shape: dataset.shape, read: () => values };
}

/** The texts of an attribute. Keras cuts long lists into "name0", "name1" and so on. */
export function textsOf({ attributes }: LoadedGroup, name: string): readonly string[] | undefined {
  const whole = attributes.get(name);
  if (whole) return whole;
  const parts: string[] = [];
  for (let i = 0; attributes.has(`${name}${i}`); i++) parts.push(...(attributes.get(`${name}${i}`) ?? []));
  return parts.length > 0 ? parts : undefined;
}
