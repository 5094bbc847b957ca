import type { Judgement, Sums } from "./judge.js";

/** An epoch that is not finished. A fit that goes on with it must have the same numbers. */
export interface OpenEpoch {
  /** The batches that are done. */
  batches: number;
  /** The means of the epoch so far. */
  readonly sums: Sums;
  readonly order: Order;
}

/** What the batches of an epoch depend on. */
export interface Order {
  /** Null for a stream. */
  readonly examples: number | null;
  readonly batchSize: number | null;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  /** The dataset's fingerprint. Null for a stream. */
  readonly data: string | null;
}

/** The best result so far of what `earlyStopping` or `reduceOnPlateau` monitors. */
export interface Watch {
  best: number | null;
  /** The epochs without a better one. */
  waited: number;
  /**
   * What was monitored, in which direction and on which data. Results of something else are not compared. Null before
   * the first.
   */
  monitor: string | null;
}

export function newWatch(): Watch {
  return { best: null, waited: 0, monitor: null };
}

/** How far the training of a model is. It consists of plain values, so a checkpoint holds it as JSON. */
export interface Progress {
  steps: number;
  epochs: number;
  open: OpenEpoch | null;
  earlyStopping: Watch & {
    /**
     * Set from the end of the epoch in which training stopped until the fit ends. A checkpoint of that time has
     * stopped too.
     */
    stopped: boolean;
  };
  plateau: Watch & {
    /** The factor of the learning rate. */
    factor: number;
    /** Epochs for which it does not count after the factor changed. */
    cooldown: number;
  };
}

export function newProgress(): Progress {
  return {
    ...{ steps: 0, epochs: 0, open: null },
    earlyStopping: { ...newWatch(), stopped: false },
    plateau: { ...newWatch(), factor: 1, cooldown: 0 },
  };
}

/** The results of one epoch: loss and metrics over its training examples, as they were when they were trained. */
export interface EpochResult extends Judgement {
  /** The results on the validation data after the epoch. Undefined without validation data. */
  readonly validation?: Judgement | undefined;
}

/**
 * What a fit gives when it is awaited: one entry for each epoch that it finished.
 *
 * @example
 * ```ts
 * const dense = new Dense({ units: 1, kernelInitializer: "ones" });
 * const model = new Sequential([dense]).build(backend, { inputShape: [1] });
 * model.compile({ optimizer: new SGD({ learningRate: 0 }), loss: "meanSquaredError", metrics: ["meanAbsoluteError"] });
 * const history: History = await model.fit({ images: [[1], [2]], labels: [2, 4] }, { epochs: 2 });
 * history.map(({ loss }) => loss); // [2.5, 2.5]
 * history.at(-1)?.metrics.meanAbsoluteError; // 1.5
 * ```
 */
export type History = readonly EpochResult[];
