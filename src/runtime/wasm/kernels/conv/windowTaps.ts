import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";

/**
 * The taps of a window of one group: rows × columns × channels floats, and the bytes from a filter row and a filter
 * column to the next.
 */
export interface Taps {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

export function tapCount({ rows, columns, channels }: Taps): number {
  return rows * columns * channels;
}

/** The addresses of some taps in a row, for a tile. */
export class TileTaps {
  /** The bytes from the window's begin to the tile's first tap. */
  readonly first: I32Variable;
  /** The bytes from there to the second tap and those after it. */
  readonly #distances: readonly I32Variable[];

  constructor(
    f: FunctionBuilder,
    count: number,
    private readonly taps: Taps,
  ) {
    this.first = f.i32();
    this.#distances = Array.from({ length: count - 1 }, () => f.i32());
  }

  set(firstTap: I32): void {
    this.first.set(this.#offset(firstTap));
    for (const [i, distance] of this.#distances.entries()) {
      distance.set(this.#offset(firstTap.add(i + 1)).sub(this.first));
    }
  }

  /** The address of a tap, from that of the first one. */
  of(i: number, first: I32): I32 {
    const distance = this.#distances[i - 1];
    return distance ? first.add(distance) : first;
  }

  #offset(tap: I32): I32 {
    const { columns, channels, rowStep, columnStep } = this.taps;
    const row = tap.div(columns * channels);
    const column = tap.div(channels).rem(columns);
    return row.mul(rowStep).add(column.mul(columnStep)).add(tap.rem(channels).shiftLeft(2));
  }
}
