/** Where the numbers of a tile lie in a snapshot. */
import type { HostTensor } from "../../../images.js";
import type { Architecture, Station } from "../../network/architecture.js";
import type { Snapshot } from "../../worker/messages.js";
import type { Strip } from "./geometry.js";

/** A matrix within the values of a tensor. */
export interface Matrix {
  readonly start: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** The tensor that a strip shows; undefined before it is there. */
export function tensorOf({ role, station }: Strip, snapshot: Snapshot): HostTensor | undefined {
  if (role === "maps") return snapshot.pass?.values[station.name];
  const layer = station.kind === "dense" ? snapshot.weights.at(-1) : snapshot.weights[station.block - 1];
  return layer?.kernel;
}

/** The matrix of a map, or of the kernel from map `source` to `map`. @param before the station that the kernels read */
export function matrixOf(strip: Strip, before: Station, map: number, source: number): Matrix {
  const { role, station } = strip;
  if (role === "maps") return { start: map, rowStep: station.width * station.maps, columnStep: station.maps };
  const columns = strip.groups[0]?.tiles[0]?.columns ?? 1;
  const columnStep = before.maps * station.maps;
  return { start: source * station.maps + map, rowStep: columns * columnStep, columnStep };
}

/** The station that the kernels of a station read. */
export function before(stations: readonly Station[], station: Station): Station | undefined {
  return stations[stations.findIndex(({ name }) => name === station.name) - 1];
}

/** Whether a snapshot is of such a network: while a new one is made, there is still the last one's. */
export function isOf(snapshot: Snapshot, architecture: Architecture, stations: readonly Station[]): boolean {
  const { blocks, classes } = architecture;
  let channels = architecture.input[2];
  const expected = blocks.map(({ size, filters }) => {
    const shape = [size, size, channels, filters];
    channels = filters;
    return shape.join();
  });
  const last = stations.at(-3);
  expected.push([(last?.height ?? 0) * (last?.width ?? 0) * (last?.maps ?? 0), classes].join());
  const found = snapshot.weights.map(({ kernel }) => kernel.shape.join());
  return found.join(";") === expected.join(";") && passFits(snapshot, stations);
}

function passFits({ pass }: Snapshot, stations: readonly Station[]): boolean {
  if (!pass) return true;
  const spatial = stations.filter(({ kind }) => kind !== "dense" && kind !== "loss");
  return spatial.every(
    ({ name, height, width, maps }) => pass.values[name]?.shape.join() === [1, height, width, maps].join(),
  );
}
