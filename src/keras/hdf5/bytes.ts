import { FileFormatError } from "../../core/errors.js";

/** An address that stands for none. */
const UNDEFINED = 0xffffffffffffffffn;
/** The steps that reading a file may take. A file of Keras takes a few for each weight. */
const MOST_STEPS = 2_000_000;

/** The bytes of a file. Everything that is read is inside, or the file is malformed. Numbers are little-endian. */
export class Hdf5Bytes {
  readonly #view: DataView;
  #steps = 0;

  constructor(
    readonly operator: string,
    readonly bytes: Uint8Array,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(at: number): number {
    this.#check(at, 1);
    return this.#view.getUint8(at);
  }

  uint16(at: number): number {
    this.#check(at, 2);
    return this.#view.getUint16(at, true);
  }

  uint32(at: number): number {
    this.#check(at, 4);
    return this.#view.getUint32(at, true);
  }

  /** A length, or a count. */
  uint64(at: number): number {
    this.#check(at, 8);
    const value = this.#view.getBigUint64(at, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.refuse(`byte ${at} has the length ${value}`);
    return Number(value);
  }

  /** An address in the file, or undefined. */
  address(at: number): number | undefined {
    this.#check(at, 8);
    const value = this.#view.getBigUint64(at, true);
    if (value === UNDEFINED) return undefined;
    if (value >= BigInt(this.bytes.length))
      this.refuse(`byte ${at} points to byte ${value}, after the end of the file`);
    return Number(value);
  }

  slice(at: number, length: number): Uint8Array {
    this.#check(at, length);
    return this.bytes.subarray(at, at + length);
  }

  /** Text up to a zero, or to the limit. */
  text(at: number, limit: number): string {
    const bytes = this.slice(at, Math.min(limit, this.bytes.length - at));
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  signature(at: number, expected: string): void {
    const found = String.fromCharCode(...this.slice(at, expected.length));
    if (found !== expected) this.refuse(`byte ${at} has no ${expected}`);
  }

  /** Called for each thing that is read, so that no file takes forever. */
  step(): void {
    if (++this.#steps > MOST_STEPS) this.refuse("its structure is too large, or goes in circles");
  }

  /** @throws FileFormatError */
  refuse(what: string): never {
    throw new FileFormatError(`${this.operator}: the HDF5 file is malformed: ${what}`);
  }

  /** What the format has, and this reader does not. @throws FileFormatError */
  unknown(what: string): never {
    throw new FileFormatError(
      `${this.operator}: the HDF5 file has ${what}, which is not known; write it with h5py's defaults, as Keras does`,
    );
  }

  #check(at: number, length: number): void {
    if (at >= 0 && length >= 0 && at + length <= this.bytes.length) return;
    this.refuse(`${length} bytes at byte ${at} are outside of its ${this.bytes.length} bytes`);
  }
}
