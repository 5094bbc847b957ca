import type { Case, ConvolutionCase, ConvolutionPass } from "./cases.js";
import type { ConvolutionTask, Task } from "./tasks.js";

/** The kinds of rows over which speeds are averaged. */
export type Kind = "forward" | "dx" | "dw" | "db" | "pool forward" | "pool gradient" | "moving" | "other";

/** One line of the table: one pass of a case. */
export interface Row {
  /** For example "A dx". */
  readonly name: string;
  readonly group: string;
  readonly kind: Kind;
  /** The shapes and options of the case, as text. */
  readonly setting: string;
  readonly task: Task;
}

/** The passes of a case as rows. */
export function rowsOf(found: Case, group: string): Row[] {
  const { name } = found;
  switch (found.kind) {
    case "convolution": {
      const { x, w, options, passes } = found;
      return passes.map((pass) => ({
        name: `${name} ${pass}`,
        group,
        kind: pass,
        setting: convolutionSetting(found),
        task: { operator: CONVOLUTIONS[pass], x, w, options },
      }));
    }
    case "max":
    case "average": {
      const { x, options } = found;
      const { windowDimensions, strides = windowDimensions, padding } = options;
      const setting = `${dimensions(x)}, ${dimensions([windowDimensions, windowDimensions])}${stepsOf({ strides, padding })}`;
      const operator = found.kind === "max" ? "maxPool2d" : "averagePool2d";
      return [
        { name: `${name} forward`, group, kind: "pool forward", setting, task: { operator, x, options } },
        {
          name: `${name} gradient`,
          group,
          kind: "pool gradient",
          setting,
          task: { operator: `${operator}Backward`, x, options },
        },
      ];
    }
    case "pad": {
      const { x, options } = found;
      const setting = `${dimensions(x)}, ${options.mode ?? "constant"} p${options.padding}`;
      return [
        { name: `${name} forward`, group, kind: "moving", setting, task: { operator: "pad2d", x, options } },
        { name: `${name} gradient`, group, kind: "moving", setting, task: { operator: "pad2dBackward", x, options } },
      ];
    }
    case "transpose": {
      const { x, permutation } = found;
      const setting = `${dimensions(x)}, axes ${permutation.join(" ")}`;
      return [{ name, group, kind: "moving", setting, task: { operator: "transpose", x, permutation } }];
    }
    case "operator": {
      const { operator } = found;
      const setting = `${Object.values(operator.inputs).map(dimensions).join(", ")} → ${dimensions(operator.output)}`;
      return [{ name, group, kind: "other", setting, task: { operator: "other", of: operator } }];
    }
  }
}

const CONVOLUTIONS = {
  forward: "conv2d",
  dx: "conv2dBackwardInput",
  dw: "conv2dBackwardFilter",
  db: "conv2dBackwardBias",
} as const satisfies Record<ConvolutionPass, ConvolutionTask["operator"]>;

/** For example "1×56×56×64 → 64, 3×3 p1". */
function convolutionSetting({ x, w, options }: ConvolutionCase): string {
  const [r, s, , k] = w;
  return `${dimensions(x)} → ${k}, ${dimensions([r, s])}${stepsOf(options)}`;
}

function stepsOf(options: {
  strides?: number;
  padding?: number | undefined;
  dilations?: number;
  groups?: number;
}): string {
  const { strides = 1, padding = 0, dilations = 1, groups = 1 } = options;
  return [
    strides === 1 ? "" : ` s${strides}`,
    padding === 0 ? "" : ` p${padding}`,
    dilations === 1 ? "" : ` d${dilations}`,
    groups === 1 ? "" : ` g${groups}`,
  ].join("");
}

function dimensions(extents: readonly number[]): string {
  return extents.join("×");
}
