import type { RoomProps } from "../App.js";

export function Inside(_: RoomProps) {
  return <h1>Inside</h1>;
}
