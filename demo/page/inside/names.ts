/** What the places of the network are called. Cells are counted from 0, as in code; maps, filters and stations from 1. */
import type { Station } from "../network/architecture.js";
import type { Cell, Settings } from "../settings/settings.js";
import type { Moment } from "./useMoment.js";

export const ACTIVATION_NAMES: Readonly<Record<Settings["activation"], string>> = {
  relu: "ReLU",
  leakyRelu: "Leaky ReLU",
  tanh: "tanh",
  sigmoid: "sigmoid",
};

export function stationName({ architecture }: Pick<Moment, "architecture">, { kind, block }: Station): string {
  const many = architecture.blocks.length > 1;
  const numbered = (name: string) => (many ? `${name} ${block}` : name);
  switch (kind) {
    case "picture":
      return "Picture";
    case "convolution":
      return numbered("Conv");
    case "activation":
      return numbered(ACTIVATION_NAMES[architecture.activation].replace("Leaky ReLU", "Leaky"));
    case "pool":
      return numbered("Pool");
    case "dense":
      return "Dense";
    case "loss":
      return "Loss";
  }
}

/** The symbol of a station's numbers: a letter, and the number of the block if there are several. */
export interface MathSymbol {
  readonly letter: string;
  readonly index: string;
}

export function symbolOf({ architecture }: Pick<Moment, "architecture">, { name, block, kind }: Station): MathSymbol {
  if (kind === "dense") return { letter: "s", index: "" };
  if (kind === "loss") return { letter: "L", index: "" };
  return { letter: name.charAt(0), index: block > 0 && architecture.blocks.length > 1 ? String(block) : "" };
}

export const extent = (height: number, width: number) => `${height} × ${width}`;

export const range = (from: number, count: number) => `${from} to ${from + count - 1}`.replaceAll("-", "−");

export const cellName = ({ row, column }: Cell) => `row ${row}, column ${column}`;

const CHANNELS = ["red", "green", "blue"];

/** One of the maps that a filter reads: "map 2", or the colour of a picture's channel. */
export const sourceName = ({ kind, maps }: Pick<Station, "kind" | "maps">, n: number) =>
  (kind === "picture" && maps === CHANNELS.length && CHANNELS[n]) || `map ${n + 1}`;
