import type { RoomProps } from "../App.js";

export function Upscale(_: RoomProps) {
  return <h1>Upscale</h1>;
}
