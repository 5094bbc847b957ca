import { mapValues } from "../core/records.js";
import { Tensor } from "../core/tensor.js";
import type { Shape } from "../core/shape.js";
import type { Backend } from "./backend.js";
import { checkInputs, checkOutputs } from "./recordedStep.js";
import type { NewInputs, RecordedStep, TensorRecord } from "../core/backend.js";

/** A recorded step where nothing is gained by replaying: it is called each time. */
export class CalledStep implements RecordedStep<TensorRecord, TensorRecord> {
  readonly plan = undefined;
  #outputs: readonly Tensor[] = [];
  #disposed = false;

  constructor(
    private readonly backend: Backend,
    private readonly work: (inputs: TensorRecord) => TensorRecord,
    private readonly shapes: Readonly<Record<string, Shape>>,
  ) {}

  run(inputs: NewInputs<TensorRecord>): TensorRecord {
    checkInputs(this.backend, this.#disposed, this.shapes, inputs);
    this.#forget();
    const outputs = this.backend.tidy(() => {
      const tensors = mapValues(this.shapes, (shape, name) => {
        const input = inputs[name];
        return input instanceof Tensor ? input : this.backend.tensor(input ?? 0, shape);
      });
      return checkOutputs(this.backend.inside("record", () => this.work(tensors)));
    });
    this.#outputs = Object.values(outputs);
    for (const output of this.#outputs) this.backend.scopes.keep(output);
    return outputs;
  }

  dispose(): void {
    this.#disposed = true;
    this.#forget();
  }

  #forget(): void {
    for (const output of this.#outputs) output.dispose();
    this.#outputs = [];
  }
}
