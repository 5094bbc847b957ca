import type { RoomProps } from "../App.js";

export function Measure(_: RoomProps) {
  return <h1>Measure</h1>;
}
