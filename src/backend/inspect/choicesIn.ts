import { mapValues } from "../../core/objects.js";
import type { Launch, Named, Operation } from "../../core/operation.js";
import type { Executor, Runtime } from "../../core/runtime.js";

/** An operation, and the number of elements of each input. */
export interface TunedOperation {
  readonly operation: Operation;
  readonly inputs: Named<number>;
  /** Estimated operations. */
  readonly work: number;
}

/** A choice that autotuning may make, with the operations that make it. */
export interface TunedChoice {
  readonly key: string;
  readonly candidates: readonly string[];
  /** Operations with the same kernels appear once. */
  readonly operations: readonly TunedOperation[];
}

/** The choices among several candidates in the operations that `work` runs. `work` is only traced. */
export function choicesIn(runtime: Runtime, work: (executor: Executor) => void): readonly TunedChoice[] {
  const choices = new Map<string, { candidates: readonly string[]; operations: Map<string, TunedOperation> }>();
  let launches: Launch[] = [];
  const tracer = runtime.tracer({ launch: (_, launch) => launches.push(launch) });
  const note = (operation: Operation, inputs: TunedOperation["inputs"]) => {
    const kernels = JSON.stringify([
      operation.name,
      inputs,
      launches.map(({ shader, constants }) => [shader.path, constants]),
    ]);
    const work = launches.reduce((sum, launch) => sum + launch.work, 0);
    for (const { choice } of launches) {
      if (!choice || choice.candidates.length < 2) continue;
      const known = choices.get(choice.key) ?? { candidates: choice.candidates, operations: new Map() };
      choices.set(choice.key, known);
      known.operations.set(kernels, { operation, inputs, work });
    }
  };
  work({
    upload: (operator, values) => tracer.upload(operator, values),
    fill: (operator, elements, value) => tracer.fill(operator, elements, value),
    run(operation, inputs) {
      launches = [];
      const outputs = tracer.run(operation, inputs);
      note(
        operation,
        mapValues(inputs, ({ elements }) => elements),
      );
      return outputs;
    },
  });
  return [...choices].map(([key, { candidates, operations }]) => ({
    key,
    candidates,
    operations: [...operations.values()],
  }));
}
