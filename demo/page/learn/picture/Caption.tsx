import { exact } from "../../look/words.js";
import type { Strip } from "./geometry.js";
import type { PictureProps } from "./NetworkPicture.js";
import { limitOf, scaleOf } from "./NetworkStrip.js";

type CaptionProps = PictureProps & {
  readonly strip: Strip;
  /** Beside the first kernels stand those before the first step. */
  readonly besideStart?: boolean;
};

/** Below a column: its letter, its shape, and what the last colour stands for. */
export function Caption({ strip, drawn, limits, besideStart = false }: CaptionProps) {
  const { key, role, station, groups } = strip;
  const limit = limitOf(strip, limits);
  const tile = groups[0]?.tiles[0];
  const dense = station.kind === "dense";
  const name = dense ? `w${drawn.blocks.length + 1}` : key.replace("s", "w");
  const kernels = (groups[0]?.tiles.length ?? 0) + strip.left;
  const shape = `${tile?.rows} × ${tile?.columns}`;
  const words = role === "maps" || kernels === 1 ? shape : `${kernels} of ${shape}`;
  const coloured = role !== "maps" && station.block === 1 && drawn.input[2] > 1 && !besideStart;
  return (
    <>
      <i class="symbol">
        {name.slice(0, 1)}
        <sub>{name.slice(1)}</sub>
      </i>
      <span>{role === "start" ? "start" : besideStart ? "now" : words}</span>
      {strip.left > 0 && <span>{kernels - strip.left} are drawn</span>}
      <span data-limit={role === "start" ? key : name}>
        {scaleOf(strip, drawn) === "signed" ? `±${exact(limit)}` : `0 to ${exact(limit)}`}
      </span>
      {coloured && <span>red, green, blue</span>}
    </>
  );
}
