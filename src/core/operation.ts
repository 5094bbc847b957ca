import type { Kernels } from "./kernels.js";
import type { Shape } from "./shape.js";
import type { Bindable, Storage } from "./storage.js";

/** Storages by the names that an operator gives its tensors. An input that the caller left out is undefined. */
export type Named<Value> = Readonly<Record<string, Value>>;

/** A .wgsl file as the build hands it over; src/shaders.d.ts types its import alike. */
export interface ShaderSource {
  readonly path: string;
  readonly source: string;
  readonly imports: readonly ShaderSource[];
}

/** A value for each `override` of a shader, by name. */
export type ShaderConstants = Readonly<Record<string, number | boolean>>;

/** Values for the fields of a shader's `Params`, by name. */
export type ParamValues = Readonly<Record<string, number>>;

/** One run of a WGSL kernel. */
export interface Launch {
  readonly shader: ShaderSource;
  readonly constants: ShaderConstants;
  /**
   * Values for the shader's `Params`, by name. The launcher adds those of the grid. Names that the shader does not ask for are ignored.
   * Of several records the first that has a name decides: joining them by spreading takes V8 microseconds for each name.
   */
  readonly params: ParamValues | readonly (ParamValues | undefined)[];
  /** By the shader's names. */
  readonly bindings: Named<Bindable>;
  /** How many invocations have something to do. The launcher rounds the grid up, folds it and cuts it. */
  readonly invocations: number;
  /** Estimated operations. They decide when to submit, and how finely to cut. */
  readonly work: number;
  /** Set where the operator chose among kernels by itself. */
  readonly choice?: Choice | undefined;
}

/** A choice among kernels that autotuning may make. */
export interface Choice {
  /** Operator and geometry, in words. */
  readonly key: string;
  readonly candidates: readonly string[];
}

/** What a plan may depend on beside the geometry: plain numbers, so that a plan is a pure function that a test can ask. */
export interface DeviceTraits {
  /** A software adapter: a processor does the work. It has no coalescing and slow barriers, but few invocations fill it. */
  readonly software: boolean;
  /** Whether neighbouring invocations can hand values to each other. */
  readonly subgroups: boolean;
  readonly maxBindingBytes: number;
  /** What autotuning chose, by the key of the choice. */
  readonly tuning: Readonly<Record<string, string>>;
}

/** Runs an operator's kernels on a GPU, records them, or only notes them. */
export interface Launcher {
  readonly traits: DeviceTraits;
  launch(launch: Launch): void;
  /** Memory until the end of the call. */
  workspace(elements: number): Storage;
  /**
   * Calls `kernel` once for the whole batch where every tensor fits one binding, else once for each chunk of images that fits.
   *
   * @param storages the tensors whose outermost extent is the batch
   * @param kernel is given what to bind under the same names, how many images, and the first of them
   * @throws OutOfMemoryError where not even the smallest chunk fits
   */
  forEachBatch<Storages extends Named<Storage>>(
    images: number,
    storages: Storages,
    kernel: (chunk: { readonly [Name in keyof Storages]: Bindable }, images: number, first: number) => void,
  ): void;
}

/** One call of an operator, checked and with its geometry worked out: all that a runtime needs to run it. */
export interface Operation {
  readonly name: string;
  /** The shape of each output. */
  readonly outputs: Named<Shape>;
  /** Launches WGSL kernels. Together they write every element of the outputs. */
  gpu(launcher: Launcher, inputs: Named<Storage>, outputs: Named<Storage>): void;
  /** Calls one kernel of a CPU runtime's table, which writes every element of the outputs. */
  cpu<Memory>(kernels: Kernels<Memory>, inputs: Named<Memory>, outputs: Named<Memory>): void;
  /** K of the numerical promise: how many terms an output element sums at most. 0 where values are only moved or picked. */
  readonly terms: number;
}
