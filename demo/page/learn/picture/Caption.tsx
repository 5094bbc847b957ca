import { exact } from "../../look/words.js";
import type { Strip } from "./geometry.js";
import type { PictureProps } from "./NetworkPicture.js";
import { scaleOf } from "./NetworkStrip.js";

/** Below a column: its letter, its shape, and what the last colour stands for. */
export function Caption({ strip, drawn, limit }: PictureProps & { readonly strip: Strip; readonly limit: number }) {
  const { key, role, station, groups } = strip;
  const tile = groups[0]?.tiles[0];
  const dense = station.kind === "dense";
  const name = dense ? `w${drawn.blocks.length + 1}` : key.replace("s", "w");
  const kernels = (groups[0]?.tiles.length ?? 0) + strip.left;
  const shape = `${tile?.rows} × ${tile?.columns}`;
  return (
    <>
      <i class="symbol">
        {name.slice(0, 1)}
        <sub>{name.slice(1)}</sub>
      </i>
      <span>
        {role === "maps" ? shape : role === "start" ? "start, now" : kernels === 1 ? shape : `${kernels} of ${shape}`}
      </span>
      {strip.left > 0 && <span>{kernels - strip.left} are drawn</span>}
      <span data-limit={name}>{scaleOf(strip, drawn) === "signed" ? `±${exact(limit)}` : `0 to ${exact(limit)}`}</span>
    </>
  );
}
