import stored from "../nodes/nodeTests.json" with { type: "json" };

/** Numbers, and texts such as "NaN". */
export interface StoredArray {
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

export interface StoredCase {
  readonly name: string;
  readonly model: string;
  readonly inputs: Readonly<Record<string, StoredArray>>;
  readonly outputs: Readonly<Record<string, StoredArray>>;
  readonly rtol: number;
  readonly atol: number;
}

/** Of the onnx package. They go through JSON, because TypeScript would make a type of each case. */
export const CASES: readonly StoredCase[] = JSON.parse(JSON.stringify(stored.cases));
