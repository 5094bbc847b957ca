import type { Kernels } from "./kernels.js";
import type { Shape } from "./shape.js";
import type { Bindable, Storage } from "./storage.js";

/** Storages by the names that an operator gives its tensors. An input that the caller left out is undefined. */
export type Named<Value> = Readonly<Record<string, Value>>;

/** A .wgsl file, as the build gives it. src/shaders.d.ts has the same type for its import. */
export interface ShaderSource {
  readonly path: string;
  readonly source: string;
  readonly imports: readonly ShaderSource[];
}

/** A value for each `override` of a shader, by name. */
export type ShaderConstants = Readonly<Record<string, number | boolean>>;

/** Values for the fields of a shader's `Params`, by name. */
export type ParamValues = Readonly<Record<string, number>>;

/** One run of a WGSL kernel, as an operator asks for it. */
export interface Launch {
  readonly shader: ShaderSource;
  readonly constants: ShaderConstants;
  /**
   * Values for the shader's `Params`, by name. The launcher adds the grid's. Names that the shader does not have are
   * ignored. If several objects have the same name, the first one counts. (Spreading them into one object takes V8
   * microseconds for each name.)
   */
  readonly params: ParamValues | readonly (ParamValues | undefined)[];
  /** By the shader's names. */
  readonly bindings: Named<Bindable>;
  /** The number of invocations that have work. The launcher rounds the grid up, folds it and cuts it. */
  readonly invocations: number;
  /** Estimated operations. They decide when to submit, and how finely to cut. */
  readonly work: number;
  /** Set if the operator chose among families by itself. */
  readonly choice?: Choice | undefined;
}

/** A choice among families that autotuning may make. */
export interface Choice {
  /** Operator and geometry, in words. */
  readonly key: string;
  readonly candidates: readonly string[];
}

/**
 * The facts about a device that a plan may use beside the geometry. They are plain, so a test can call a plan with any
 * of them.
 */
export interface DeviceTraits {
  /**
   * Whether it is a software adapter. Loads do not coalesce there and barriers are slow, but few invocations fill it.
   */
  readonly software: boolean;
  /** Whether four neighbouring invocations of a workgroup form a quad. A check on this device has confirmed it. */
  readonly quads: boolean;
  readonly maxBindingBytes: number;
  /** The choices that autotuning made, by key. */
  readonly tuning: Readonly<Record<string, string>>;
}

/** Takes an operator's launches. It runs them, records them or notes them. */
export interface Launcher {
  readonly traits: DeviceTraits;
  launch(launch: Launch): void;
  /** Memory that the operator uses until its call ends, or until `kernel` returns, inside `forEachBatch`. */
  workspace(elements: number): Storage;
  /**
   * Values that follow from `source` alone, such as a transposed filter. All chunks of a batch share them.
   *
   * @param purpose a name for the values
   * @param compute launches the kernels that write them, at the first call for this source and purpose
   */
  prepare(source: Storage, purpose: string, elements: number, compute: (prepared: Storage) => void): Storage;
  /**
   * Calls `kernel` once for the whole batch if every tensor fits one binding, else once for each chunk of images that
   * fits.
   *
   * @param storages the tensors whose outermost extent is the batch
   * @param kernel gets the chunk's bindings by the same names, the number of its images, and the index of its first
   * image
   * @throws OutOfMemoryError if not even the smallest chunk fits
   */
  forEachBatch<Storages extends Named<Storage>>(
    images: number,
    storages: Storages,
    kernel: (chunk: { readonly [Name in keyof Storages]: Bindable }, images: number, first: number) => void,
  ): void;
}

/** One call of an operator, checked, with its geometry. A runtime needs nothing else to run it. */
export interface Operation {
  readonly name: string;
  /** The shape of each output. */
  readonly outputs: Named<Shape>;
  /** Launches WGSL kernels. Together they write every element of the outputs. */
  gpu(launcher: Launcher, inputs: Named<Storage>, outputs: Named<Storage>): void;
  /** Calls one kernel of a CPU runtime's table. The kernel writes every element of the outputs. */
  cpu<Memory>(kernels: Kernels<Memory>, inputs: Named<Memory>, outputs: Named<Memory>): void;
  /**
   * K of the numerical promise: the largest number of terms of an output element. 0 if values are only moved or picked.
   */
  readonly terms: number;
  /** Whether the terms are added in pairs; see core/errorBound. */
  readonly paired?: boolean | undefined;
  /** Whether a result is a sum of terms that may overflow on their own. True if left out and K is above 1. */
  readonly adds?: boolean | undefined;
}
