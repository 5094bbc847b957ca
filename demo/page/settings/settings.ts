/**
 * Everything that a visitor has chosen. It lives in the page's address, after the `#`, so a link shows what its sender saw, and no
 * server hears of it.
 */

/** A cell of a map. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** A convolution, the activation after it, and a pool of 2 × 2 if there is one. */
export interface Block {
  readonly filters: number;
  /** The height and width of the kernels. */
  readonly size: (typeof KERNEL_SIZES)[number];
  readonly stride: number;
  readonly padding: (typeof PADDINGS)[number];
  readonly pool: (typeof POOLS)[number];
}

export const ROOMS = ["learn", "inside", "upscale", "measure", "join"] as const;
export const DATA = ["digits", "fashion", "own"] as const;
export const KERNEL_SIZES = [3, 5, 7] as const;
export const PADDINGS = ["same", "valid"] as const;
export const POOLS = ["max", "average", "none"] as const;
export const ACTIVATIONS = ["relu", "leakyRelu", "tanh", "sigmoid"] as const;
export const OPTIMIZERS = ["adam", "sgd", "momentum", "rmsprop"] as const;
export const RATES = [0.0003, 0.001, 0.002, 0.004, 0.01, 0.03, 0.1, 0.3] as const;
export const BATCH_SIZES = [8, 16, 32, 64, 128] as const;
export const DROPOUTS = [0, 0.1, 0.25, 0.5] as const;
/** Training steps a second. 0: as many as there can be. */
export const PACES = [0, 20, 5, 1] as const;
export const DIRECTIONS = ["forward", "backward"] as const;
export const COMPUTES = ["auto", "webgpu", "wasm", "cpu"] as const;
/** What a visitor lends to a training on many machines. */
export const LENDS = ["wasm", "webgpu", "cpu"] as const;
export const THEMES = ["auto", "light", "dark"] as const;
export const SCALES = [2, 3, 4] as const;

/** The least and the most that a control offers, and the address may ask for. */
export const RANGES = {
  blocks: [1, 3],
  filters: [1, 16],
  stride: [1, 2],
  seed: [1, 999],
  /** Of training steps: a link that asks for more would keep its reader waiting. */
  steps: [0, 99_999],
  example: [0, 9],
  /** Of test items, from 1; 0 for none. */
  item: [0, 2000],
  map: [0, 15],
  guide: [0, 5],
} as const satisfies Record<string, readonly [number, number]>;

export interface Settings {
  readonly room: (typeof ROOMS)[number];
  readonly data: (typeof DATA)[number];
  readonly blocks: readonly Block[];
  readonly activation: (typeof ACTIVATIONS)[number];
  readonly optimizer: (typeof OPTIMIZERS)[number];
  readonly rate: (typeof RATES)[number];
  readonly batch: (typeof BATCH_SIZES)[number];
  /** The share of the dense layer's inputs that a training step leaves out. */
  readonly dropout: (typeof DROPOUTS)[number];
  readonly seed: number;
  readonly pace: (typeof PACES)[number];
  /** The steps that the network has been trained for. A page that opens with it trains them again, to the same bits. */
  readonly steps: number;
  /** Which of the ten examples beside the picture is looked at. */
  readonly example: number;
  /** A test item that is looked at instead, counted from 1; 0 for none. */
  readonly item: number;
  /** The visitor's own drawing, 28 × 28 bytes as base64url; "" while there is none. It is looked at before all others. */
  readonly drawing: string;
  /** The station that Inside shows: a name such as "z1", "a1", "p1", "scores", "loss". */
  readonly station: string;
  /** Which of the station's maps, … */
  readonly map: number;
  /** … which of the maps that it reads, … */
  readonly source: number;
  /** … and which of its cells. */
  readonly cell: Cell;
  readonly direction: (typeof DIRECTIONS)[number];
  /** The step of the guided tour; 0 outside of it. */
  readonly guide: number;
  /** By how much Upscale enlarges. */
  readonly scale: (typeof SCALES)[number];
  readonly compute: (typeof COMPUTES)[number];
  readonly theme: (typeof THEMES)[number];
  /** The servers of a training on many machines, with commas between them; "" for none. */
  readonly servers: string;
  /** The name of that training; "" for none. */
  readonly job: string;
  readonly lend: (typeof LENDS)[number];
}

export const INITIAL: Settings = {
  room: "learn",
  data: "digits",
  blocks: [
    { filters: 6, size: 5, stride: 1, padding: "same", pool: "max" },
    { filters: 10, size: 5, stride: 1, padding: "valid", pool: "max" },
  ],
  activation: "relu",
  optimizer: "adam",
  rate: 0.004,
  batch: 32,
  dropout: 0,
  seed: 3,
  pace: 0,
  steps: 0,
  example: 4,
  item: 0,
  drawing: "",
  station: "z1",
  map: 0,
  source: 0,
  cell: { row: 14, column: 14 },
  direction: "forward",
  guide: 0,
  scale: 2,
  compute: "auto",
  theme: "auto",
  servers: "",
  job: "",
  lend: "wasm",
};
