/**
 * The base class of all errors that this library throws on purpose: `catch (e) { if (e instanceof WebGPUCNNError) … }`.
 *
 * @example
 * ```ts
 * try {
 *   relu(backend.zeros([2, 0]));
 * } catch (error) {
 *   if (!(error instanceof WebGPUCNNError)) throw error;
 *   error.name; // "ShapeError"
 * }
 * ```
 */
export class WebGPUCNNError extends Error {
  /** The name of the class. */
  override readonly name: string = "WebGPUCNNError";
}

/**
 * An argument or option is malformed: a zero stride, an unknown word, an unknown name.
 *
 * @example
 * ```ts
 * try {
 *   maxPool2d(backend.zeros([1, 4, 4, 1]), { windowDimensions: 2, strides: 0 });
 * } catch (error) {
 *   error instanceof OptionError; // true
 * }
 * ```
 */
export class OptionError extends WebGPUCNNError {
  override readonly name: string = "OptionError";
}

/**
 * Shapes do not fit each other, the window or the rank, or have an extent of zero.
 *
 * @example
 * ```ts
 * try {
 *   add(backend.zeros([2]), backend.zeros([3]));
 * } catch (error) {
 *   error instanceof ShapeError; // true
 * }
 * ```
 */
export class ShapeError extends WebGPUCNNError {
  override readonly name: string = "ShapeError";
}

/**
 * One call got tensors of different backends.
 *
 * @example
 * ```ts
 * const other = await createBackend({ kind: "cpu" });
 * try {
 *   add(backend.zeros([2]), other.zeros([2]));
 * } catch (error) {
 *   error instanceof BackendMismatchError; // true
 * }
 * ```
 */
export class BackendMismatchError extends WebGPUCNNError {
  override readonly name: string = "BackendMismatchError";
}

/**
 * The requested backend is not available here. The message says what was tried.
 *
 * @example
 * ```ts
 * try {
 *   const gpu = await createBackend({ kind: "webgpu" });
 *   console.log(gpu.info);
 * } catch (error) {
 *   if (!(error instanceof BackendUnavailableError)) throw error;
 *   console.log(error.message);
 * }
 * ```
 */
export class BackendUnavailableError extends WebGPUCNNError {
  override readonly name: string = "BackendUnavailableError";
}

/**
 * The backend's device is lost, or the backend was destroyed. To recover, make a new backend.
 *
 * @example
 * ```ts
 * const other = await createBackend({ kind: "cpu" });
 * const x = other.zeros([2]);
 * other.destroy();
 * try {
 *   relu(x);
 * } catch (error) {
 *   error instanceof BackendLostError; // true
 * }
 * ```
 */
export class BackendLostError extends WebGPUCNNError {
  override readonly name: string = "BackendLostError";
}

/**
 * Out of memory: a tensor is larger than the device allows, or the device had no memory left for it.
 *
 * @example
 * ```ts
 * try {
 *   backend.zeros([2 ** 20, 2 ** 20]);
 * } catch (error) {
 *   error instanceof OutOfMemoryError; // true
 * }
 * ```
 */
export class OutOfMemoryError extends WebGPUCNNError {
  override readonly name: string = "OutOfMemoryError";
}

/**
 * A tensor was used after `dispose()`.
 *
 * @example
 * ```ts
 * const x = backend.tensor([1, 2]);
 * x.dispose();
 * try {
 *   relu(x);
 * } catch (error) {
 *   error instanceof DisposedError; // true
 * }
 * ```
 */
export class DisposedError extends WebGPUCNNError {
  override readonly name: string = "DisposedError";
}

/**
 * With `validate`: an operator's output differs from the CPU reference by more than the numerical promise allows.
 *
 * @example
 * ```ts
 * const checked = await createBackend({ kind: "wasm", validate: true });
 * try {
 *   await relu(checked.tensor([-1, 2])).read(); // [0, 2]
 * } catch (error) {
 *   if (error instanceof ValidationError) console.log("A kernel is wrong on this device:", error.message);
 * }
 * checked.destroy();
 * ```
 */
export class ValidationError extends WebGPUCNNError {
  override readonly name: string = "ValidationError";
}

/**
 * Bytes are not a valid file of their format. The message says what is wrong, and where.
 *
 * @example
 * ```ts
 * try {
 *   readNpy(new Uint8Array(10));
 * } catch (error) {
 *   error instanceof FileFormatError; // true
 * }
 * ```
 */
export class FileFormatError extends WebGPUCNNError {
  override readonly name: string = "FileFormatError";
}

/**
 * The device refused a kernel or a submission. This is a bug in the library or in the driver, never in the caller's
 * arguments.
 *
 * @example
 * ```ts
 * try {
 *   await relu(backend.tensor([-1, 2])).read(); // [0, 2]
 * } catch (error) {
 *   if (error instanceof KernelError) console.log("Report this, with the adapter:", error.message, backend.info);
 * }
 * ```
 */
export class KernelError extends WebGPUCNNError {
  override readonly name: string = "KernelError";
}

/**
 * A training on many machines cannot go on. The message says why: the servers do not answer, the job failed, another
 * coordinator took it over, or this worker was refused.
 *
 * @example
 * ```ts
 * async function outcome(work: () => Promise<unknown>): Promise<string> {
 *   try {
 *     await work();
 *     return "done";
 *   } catch (error) {
 *     if (!(error instanceof JobError)) throw error;
 *     return error.message;
 *   }
 * }
 * // In a program, the work is workDistributed({ … }).
 * await outcome(() => Promise.reject(new JobError("the servers do not answer"))); // "the servers do not answer"
 * ```
 */
export class JobError extends WebGPUCNNError {
  override readonly name: string = "JobError";
}

const MOST_SHOWN = 8;

/** A value in a short form for an error message. The form tells `"3"` from `3`. */
export function show(value: unknown, depth = 0): string {
  if (typeof value === "string") return value.length > 80 ? `"${value.slice(0, 80)}…"` : `"${value}"`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) {
    if (depth > 2) return "[…]";
    const shown = value.slice(0, MOST_SHOWN).map((entry) => show(entry, depth + 1));
    return `[${shown.join(", ")}${value.length > MOST_SHOWN ? `, … ${value.length} in all` : ""}]`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (Object.getPrototypeOf(value) === Object.prototype) return "an object";
  const tag: unknown = Reflect.get(value, Symbol.toStringTag);
  const name = typeof tag === "string" && tag !== "" ? tag : (value.constructor?.name ?? "value");
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

/** Known names by words that other libraries have for the same, in small letters without "_". */
export type Synonyms = ReadonlyMap<string, string>;

/**
 * The known name that contains `name`, or has the smallest edit distance to it. Undefined if none is close.
 *
 * @param synonyms they come first
 */
export function nearestName(name: string, known: readonly string[], synonyms?: Synonyms): string | undefined {
  const wanted = name.toLowerCase();
  const synonym = synonyms?.get(wanted.replaceAll(/[_ -]/g, ""));
  if (synonym !== undefined && known.includes(synonym)) return synonym;
  const distances = known.map((candidate) => {
    const lower = candidate.toLowerCase();
    return wanted.length > 2 && lower.includes(wanted) ? 0 : editDistance(wanted, lower);
  });
  const least = Math.min(...distances);
  return least <= Math.max(2, wanted.length >> 1) ? known[distances.indexOf(least)] : undefined;
}

/** The end of a message about an unknown name: "; did you mean …?", or nothing if no known name is close. */
export function didYouMean(value: unknown, known: readonly string[], synonyms?: Synonyms): string {
  const nearest = typeof value === "string" ? nearestName(value, known, synonyms) : undefined;
  return nearest === undefined ? "" : `; did you mean ${show(nearest)}?`;
}

/** Levenshtein's distance: the smallest number of insertions, deletions and replacements between `a` and `b`. */
function editDistance(a: string, b: string): number {
  let row = [...b, ""].map((_, j) => j);
  for (const letter of a) {
    let [left = 0] = row;
    let diagonal = left++;
    row = row.map((above, j) => {
      // The first column has nothing to its left.
      if (j > 0) left = Math.min(above + 1, left + 1, diagonal + (b[j - 1] === letter ? 0 : 1));
      diagonal = above;
      return left;
    });
  }
  return row.at(-1) ?? 0;
}
