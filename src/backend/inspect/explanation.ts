/** One run of a kernel, as it would be. */
export interface ExplainedDispatch {
  /** The path of its shader, such as "shaders/conv/conv2d/implicitGemm.wgsl". */
  readonly kernel: string;
  /** What the shader was specialised with: its tiles, its switches. */
  readonly constants: Readonly<Record<string, number | boolean | string>>;
  readonly invocations: number;
  /** Estimated. */
  readonly operations: number;
}

/** How an operator would be computed. */
export interface ExplainedOperator {
  readonly operator: string;
  readonly dispatches: readonly ExplainedDispatch[];
  /** Memory that is held until the end of the call, beside inputs and outputs. */
  readonly workspaceBytes: number;
}

/** The operators that were called, in order, and how each would be computed. */
export class Explanation {
  constructor(readonly operators: readonly ExplainedOperator[]) {}

  /** A line for each dispatch: kernel, tiles, invocations, operations. */
  toString(): string {
    return this.operators.map(inWords).join("\n");
  }
}

function inWords({ operator, dispatches, workspaceBytes }: ExplainedOperator): string {
  const lines = dispatches.map(({ kernel, constants, invocations, operations }) => {
    const name = kernel.replace(/^shaders\/|\.wgsl$/g, "");
    const tiles = Object.entries(constants).filter(([constant]) => /^(TILE|QUADS)/.test(constant));
    const shown = tiles.map((tile) => tile.join(" ")).join(", ");
    return `${name}${shown && ` (${shown})`}: ${count(invocations)} invocations, ${count(operations)} operations`;
  });
  return `${operator}: ${lines.join(" → ") || "the CPU reference"}; ${count(workspaceBytes)} bytes of workspace`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}
