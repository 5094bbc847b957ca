import type { WinogradGeometry } from "../../core/attributes.js";
import type { Conv2dGeometry } from "../../core/geometry.js";
import type {
  Choice,
  DeviceTraits,
  Launcher,
  ParamValues,
  ShaderConstants,
  ShaderSource,
} from "../../core/operation.js";
import type { Bindable, Storage } from "../../core/storage.js";

/** The tensors that each pass of a convolution reads and writes. A pass has the name of its operator. */
export interface Operands {
  readonly conv2d: {
    readonly x: Bindable;
    readonly w: Storage;
    readonly bias: Storage | undefined;
    /** Whether y goes through a ReLU. */
    readonly relu: boolean;
    readonly y: Bindable;
  };
  readonly conv2dBackwardInput: {
    readonly dy: Bindable;
    readonly w: Storage;
    /**
     * The output of a ReLU, of dx's shape. With it, dx also goes through the gradient of that ReLU. Only for families
     * with `masksRelu`.
     */
    readonly x?: Bindable;
    readonly dx: Bindable;
  };
  readonly conv2dBackwardFilter: {
    readonly x: Storage;
    readonly dy: Storage;
    readonly dw: Storage;
    /** Given if the gradient of the bias is wanted too. */
    readonly db?: Storage | undefined;
  };
}
export type Conv2dPass = keyof Operands;

/**
 * A way to compute convolutions. `families/index.ts` lists all families, from the most general to the most special.
 *
 * A family states what it can do. `plan.ts` chooses.
 */
export interface Family<Name extends string = string> {
  /** The value of the `algorithm` option. */
  readonly name: Name;
  /** The adapters for which "auto" and autotuning consider the family. */
  readonly automatic: "everywhere" | "software" | "gpu" | "never";
  /** Whether its conv2dBackwardInput can take the gradient through the ReLU that gave x. */
  readonly masksRelu: boolean;
  /** Whether it takes a convolution that is a plain matrix product as one row of pixels (`asOneRow`). */
  readonly joinsPixels: boolean;
  /** Whether its kernels can compute the geometry. */
  fits(pass: Conv2dPass, g: Conv2dGeometry): boolean;
  /**
   * Whether it is worthwhile for a geometry that it fits. "auto" takes the last family of the list for which this is
   * true.
   */
  suits(pass: Conv2dPass, g: Conv2dGeometry, traits: DeviceTraits): boolean;
  /** The error bound of its results. Families that "auto" considers share `boundOfProducts`. */
  bound(pass: Conv2dPass, g: Conv2dGeometry): ErrorBound;
  /** The passes it covers: one, two or all. */
  readonly passes: { readonly [Pass in Conv2dPass]?: PlanPass<Pass> };
}

/**
 * Plans one pass: a pure function.
 *
 * @param planProduct plans a forward convolution as "auto" does, for a family that uses one as a step
 */
export type PlanPass<Pass extends Conv2dPass> = (
  g: Conv2dGeometry,
  traits: DeviceTraits,
  planProduct: (g: Conv2dGeometry) => ChosenPlan<"conv2d">,
) => Plan<Operands[Pass]>;

/** How a family computes one pass of one geometry. */
export interface Plan<PassOperands> {
  /** The kernel that does most of the work. */
  readonly kernel: KernelPlan;
  /** @param choice given if "auto" chose the plan, for autotuning */
  launch(launcher: Launcher, operands: PassOperands, choice: Choice | undefined): void;
}

/** A plan, with the families that "auto" chose it from. There is no choice if the caller named the family. */
export interface ChosenPlan<Pass extends Conv2dPass> {
  readonly plan: Plan<Operands[Pass]>;
  readonly choice: Choice | undefined;
}

/** One kernel with its tiles, in plain numbers. */
export interface KernelPlan {
  readonly shader: ShaderSource;
  readonly constants: ShaderConstants;
  /** Values for `Params` beside those of the geometry. */
  readonly params?: ParamValues;
  readonly invocations: number;
}

/** The numerical promise of a pass: each output element's error stays within the bound of a sum of `terms` terms. */
export interface ErrorBound {
  readonly terms: number;
  /** Given if the terms are those of Winograd's transformations. The CPU reference computes Σ|terms| from it. */
  readonly winograd?: WinogradGeometry;
}

/** The bound of families that add up the products of each output element. */
export function boundOfProducts(pass: Conv2dPass, g: Conv2dGeometry): ErrorBound {
  const terms = {
    conv2d: g.r * g.s * g.cPerGroup,
    conv2dBackwardInput: g.r * g.s * g.kPerGroup,
    conv2dBackwardFilter: g.n * g.p * g.q,
  };
  return { terms: terms[pass] };
}
