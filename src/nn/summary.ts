import type { Shape } from "../core/shape.js";
import type { BuiltLayer } from "./layer.js";

/** What a model is made of. */
export class Summary {
  readonly parameters: number;
  /** Of one example's forward pass; a multiply-add counts as two. */
  readonly flops: number;
  /** Of the parameters, float32. */
  readonly parameterBytes: number;
  /** Of the layers' outputs for one example: what training keeps. */
  readonly activationBytes: number;

  constructor(
    readonly layers: readonly BuiltLayer[],
    readonly inputShape: Shape,
  ) {
    const total = (of: (layer: BuiltLayer) => number) => layers.reduce((sum, layer) => sum + of(layer), 0);
    this.parameters = total(({ parameters }) => parameters);
    this.flops = total(({ flops }) => flops);
    this.parameterBytes = 4 * this.parameters;
    this.activationBytes = total(({ outputShape }) => 4 * outputShape.reduce((product, extent) => product * extent, 1));
  }

  /** A table: layer, output, parameters, flops. */
  toString(): string {
    const rows = [
      ["layer", "output", "parameters", "flops"],
      ["input", shown(this.inputShape), "0", "0"],
      ...this.layers.map(({ name, outputShape, parameters, flops }) => [
        name,
        shown(outputShape),
        count(parameters),
        count(flops),
      ]),
      ["in all", "", count(this.parameters), count(this.flops)],
    ];
    const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    const lines = rows.map((row) =>
      row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    );
    const kib = (bytes: number) => `${count(Math.ceil(bytes / 1024))} KiB`;
    return [
      ...lines,
      `${kib(this.parameterBytes)} of parameters; ${kib(this.activationBytes)} of outputs for each example`,
    ].join("\n");
  }
}

function shown(shape: Shape): string {
  return `[N, ${shape.join(", ")}]`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}
