import { mapValues, sum } from "./objects.js";
import type { DeviceTraits, Launcher, Named, Operation } from "./operation.js";
import { elementsOf } from "./shape.js";
import { PlaceholderStorage, type Storage } from "./storage.js";

/** The cost of one call of an operator. */
export interface Cost {
  /** Estimated; a multiply-add counts as two. */
  readonly operations: number;
  /** The bytes of its tensors. Each tensor counts once. */
  readonly bytes: number;
}

/** Nothing is cut: every tensor fits one binding. */
const TRAITS: DeviceTraits = { software: true, quads: false, maxBindingBytes: Infinity, tuning: {} };

/**
 * The cost of an operation on a runtime that makes no launches. It follows from the geometry alone. An operator states it
 * with its launches, so this plans them and adds up their work.
 */
export function costOf({ outputs, gpu }: Operation, inputs: Named<Storage>): Cost {
  let operations = 0;
  const launcher: Launcher = {
    traits: TRAITS,
    launch({ work }) {
      operations += work;
    },
    workspace: (elements) => new PlaceholderStorage(elements),
    prepare(_source, _purpose, elements, compute) {
      const prepared = new PlaceholderStorage(elements);
      compute(prepared);
      return prepared;
    },
    forEachBatch: (images, storages, kernel) => kernel(storages, images, 0),
  };
  const results = mapValues(outputs, (shape) => new PlaceholderStorage(elementsOf(shape)));
  gpu(launcher, inputs, results);
  const tensors = new Set([...Object.values(inputs), ...Object.values(results)]);
  return { operations, bytes: sum([...tensors].map(({ bytes }) => bytes)) };
}
