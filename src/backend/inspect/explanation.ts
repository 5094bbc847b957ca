import { costOf } from "../../core/cost.js";
import type { ExplainedDispatch, ExplainedOperator, Explanation } from "../../core/inspection.js";
import type { Executor, Runtime } from "../../core/runtime.js";

/** Explains how the operators that `rehearse` calls would be computed. */
export function explain(runtime: Runtime, rehearse: (executor: Executor) => void): Explanation {
  const explained: { operator: string; dispatches: ExplainedDispatch[]; workspaceBytes: number; operations: number }[] =
    [];
  const tracer = runtime.tracer({
    operator: (operator) => explained.push({ operator, dispatches: [], workspaceBytes: 0, operations: 0 }),
    launch: (_, { shader, constants, invocations, work }) =>
      explained.at(-1)?.dispatches.push({ kernel: shader.path, constants, invocations, operations: work }),
    workspace(bytes) {
      const last = explained.at(-1);
      if (last) last.workspaceBytes += bytes;
    },
  });
  rehearse({
    upload: (operator, values) => tracer.upload(operator, values),
    fill: (operator, elements, value) => tracer.fill(operator, elements, value),
    run(operation, inputs) {
      const outputs = tracer.run(operation, inputs);
      const last = explained.at(-1);
      if (last) last.operations = costOf(operation, inputs).operations;
      return outputs;
    },
  });
  return new ExplanationInWords(explained, runtime.kind);
}

class ExplanationInWords implements Explanation {
  readonly #kind: string;

  constructor(
    readonly operators: readonly ExplainedOperator[],
    kind: string,
  ) {
    this.#kind = kind;
  }

  toString(): string {
    return this.operators.map((operator) => inWords(operator, this.#kind)).join("\n");
  }
}

function inWords({ operator, dispatches, workspaceBytes }: ExplainedOperator, kind: string): string {
  const lines = dispatches.map(({ kernel, constants, invocations, operations }) => {
    const name = kernel.replace(/^shaders\/\w+\/|\.wgsl$/g, "");
    const tiles = Object.entries(constants).filter(([constant]) => /^(TILE(_|$)|QUADS)/.test(constant));
    const shown = tiles.map((tile) => tile.join(" ")).join(", ");
    return `${name}${shown && ` (${shown})`}: ${count(invocations)} invocations, ${count(operations)} operations`;
  });
  return `${operator}: ${lines.join(" → ") || `on ${kind}`}; ${count(workspaceBytes)} bytes of workspace`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}
