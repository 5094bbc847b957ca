/** The network as rows from top to bottom, for narrow screens: what stands where. */
import type { Architecture, Station } from "../../network/architecture.js";
import { denseColumn } from "./columns.js";
import { arrange, type Field, type Group, groupAt, poolSide, type Strip, stripOf } from "./geometry.js";
import type { Wire } from "./wires.js";

export interface Row extends Field {
  readonly wires: readonly Wire[];
}

export interface Rows {
  readonly blocks: readonly Row[];
  /** The dense layer's weights; the predictions stand to their right. */
  readonly dense: Field;
  readonly predictionX: number;
}

/** The least room for a map, in width: a finger's. */
const LEAST_PITCH = 44;
const LARGEST_PITCH = 88;
/** The largest side of a map, and of a kernel. */
const SIDE = { first: 60, later: 44, kernels: 40 };
const GAP = 12;
/** From this width on the maps before the activation are drawn too. */
const WIDE = 600;
const PREDICTION = 156;
const PREDICTION_GAP = 12;
/** Of the letters before the lines. */
const NAMES = 28;
/** The height of a class. */
const CLASS = 32;

/**
 * Lays the network out in rows.
 *
 * @param chosen for each block, the map whose kernels are drawn; the first block's are all drawn
 */
export function layOutRows(
  { blocks }: Architecture,
  stations: readonly Station[],
  width: number,
  chosen: readonly number[],
  grain = 1,
): Rows {
  const rows = blocks.map(({ size }, i) => {
    const block = i + 1;
    const names = [...(width >= WIDE ? [`z${block}`] : []), `a${block}`, `p${block}`];
    const shown = stations.filter(({ name }) => names.includes(name));
    const z = stations.findIndex(({ name }) => name === `z${block}`);
    const [convolution, before] = [stations[z], stations[z - 1]];
    if (!convolution || !before) return { width, height: 0, strips: [], wires: [] };
    return blockRow({ convolution, before, shown, size, width, grain, chosen: chosen[i] ?? 0 });
  });
  const classes = stations.find(({ kind }) => kind === "dense")?.maps ?? 0;
  const height = classes * CLASS;
  const dense = denseColumn(stations, width - PREDICTION - PREDICTION_GAP, height, grain);
  const [strip] = dense;
  const predictionX = (strip ? strip.rect.x + strip.rect.width : 0) + PREDICTION_GAP;
  return { blocks: rows, dense: { width, height, strips: dense }, predictionX };
}

interface BlockRow {
  readonly convolution: Station;
  readonly before: Station;
  /** The stations whose maps are drawn. */
  readonly shown: readonly Station[];
  readonly size: number;
  readonly width: number;
  readonly grain: number;
  readonly chosen: number;
}

/** The middle of each of `count` places, in lines as full as a finger allows, behind the names of the lines. */
function places(count: number, whole: number) {
  const width = whole - NAMES;
  const most = Math.max(1, Math.floor(width / LEAST_PITCH));
  const lines = Math.ceil(count / most);
  const perLine = Math.ceil(count / lines);
  const pitch = Math.min(LARGEST_PITCH, Math.floor(width / perLine));
  return {
    lines,
    pitch,
    at: (n: number) => ({ line: Math.floor(n / perLine), x: NAMES + ((n % perLine) + 0.5) * pitch }),
  };
}

function blockRow({ convolution, before, shown, size, width, grain, chosen }: BlockRow): Row {
  const { block, maps } = convolution;
  const first = block === 1;
  const { lines, pitch, at } = places(maps, width);
  const shape = [size, size] as const;
  const largest = Math.max(grain, Math.floor(SIDE.kernels / size / grain) * grain);
  const strips: Strip[] = [];
  const groups = new Map<string, Group[]>();
  for (const name of [`w${block}`, ...shown.map((station) => station.name)]) groups.set(name, []);
  let y = 0;
  if (!first) {
    const kernels = placesOfKernels(before.maps, shape, Math.min(largest, 7), width);
    strips.push(stripOf(`w${block}`, "weights", convolution, [{ map: chosen, ...kernels }], 0));
    y = kernels.box.height + 2 * GAP + GAP / 2;
  }
  for (let line = 0; line < lines; line++) {
    const members = Array.from({ length: maps }, (_, map) => map).filter((map) => at(map).line === line);
    if (first) {
      // The parts for the colours stand in one line.
      const fitting = Math.floor(((pitch - 5) / before.maps - 1) / size / grain) * grain;
      const room = {
        largest: Math.min(largest, Math.max(grain, fitting)),
        width: pitch - 4,
        height: SIDE.kernels + 4,
        grain,
      };
      y = addLine(groups.get(`w${block}`), members, shape, arrange(before.maps, shape, room), at, y);
    }
    let drawnSide = 0;
    for (const station of shown) {
      const most = Math.min(pitch - 6, first ? SIDE.first : SIDE.later);
      const side = station.kind === "pool" ? poolSide(drawnSide) : most;
      const cell = Math.max(grain, Math.min(12, Math.floor(side / station.width / grain) * grain));
      drawnSide = cell * station.width;
      const mapShape = [station.height, station.width] as const;
      const room = { largest: cell, width: pitch, height: Number.POSITIVE_INFINITY, grain };
      y = addLine(groups.get(station.name), members, mapShape, arrange(1, mapShape, room), at, y);
    }
  }
  if (first) strips.push(stripOf("w1", "weights", convolution, groups.get("w1") ?? [], 0));
  for (const station of shown) strips.push(stripOf(station.name, "maps", station, groups.get(station.name) ?? [], 0));
  return {
    width,
    height: y - GAP,
    strips,
    wires: first ? down(strips, block) : [...into(strips, chosen), ...down(strips.slice(1), block)],
  };
}

/** @returns where the next line begins */
function addLine(
  groups: Group[] | undefined,
  members: readonly number[],
  shape: readonly [number, number],
  fitted: ReturnType<typeof arrange>,
  at: (map: number) => { readonly x: number },
  y: number,
): number {
  for (const map of members)
    groups?.push(groupAt(map, shape, fitted, { x: Math.round(at(map).x - fitted.width / 2), y }));
  return y + fitted.height + GAP;
}

/** The kernels of one map, below the maps that they read. */
function placesOfKernels(count: number, [rows, columns]: readonly [number, number], cell: number, width: number) {
  const { at, lines } = places(count, width);
  const [tileWidth, tileHeight] = [columns * cell, rows * cell];
  const tiles = Array.from({ length: count }, (_, source) => ({
    x: Math.round(at(source).x - tileWidth / 2),
    y: 1 + at(source).line * (tileHeight + 8),
    rows,
    columns,
    cell,
    source,
  }));
  const left = Math.min(...tiles.map(({ x }) => x)) - 1;
  const right = Math.max(...tiles.map(({ x }) => x)) + tileWidth + 1;
  return { tiles, box: { x: left, y: 0, width: right - left, height: lines * (tileHeight + 8) - 6 } };
}

/** Short lines from the kernels of a map, or from its values, to what is made of them. */
function down(strips: readonly Strip[], block: number): Wire[] {
  return strips.flatMap((strip, i) =>
    (strips[i - 1]?.groups ?? []).flatMap(({ box, map }) => {
      const end = strip.groups.find((group) => group.map === map)?.box;
      if (!end) return [];
      const spot = { block, map };
      const x = Math.floor(box.x + box.width / 2) + 0.5;
      return [{ from: spot, to: spot, path: `M${x} ${box.y + box.height + 2}V${end.y - 2}` }];
    }),
  );
}

/** Curves from the kernels of a map to the map. */
function into([kernels, maps]: readonly Strip[], chosen: number): Wire[] {
  const end = maps?.groups.find(({ map }) => map === chosen)?.box;
  const tiles = kernels?.groups[0]?.tiles;
  if (!kernels || !end || !tiles) return [];
  const spot = { block: kernels.station.block, map: chosen };
  return tiles.map(({ x, y, rows, columns, cell }) => {
    const [fromX, fromY] = [x + (columns * cell) / 2, y + rows * cell + 3];
    const [toX, toY] = [end.x + end.width / 2, end.y - 3];
    const half = (fromY + toY) / 2;
    return { from: spot, to: spot, path: `M${fromX} ${fromY}C${fromX} ${half} ${toX} ${half} ${toX} ${toY}` };
  });
}
