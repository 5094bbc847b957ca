import { useMemo } from "preact/hooks";
import { type Spot, type Wire, wiresAt } from "./wires.js";

interface WiresProps {
  readonly wires: readonly Wire[];
  readonly lit: Spot;
  readonly width: number;
  readonly height: number;
}

const join = (wires: readonly Wire[]) => wires.map(({ path }) => path).join("");

/** The lines from map to map: hairlines, and in ink those of the map that is pointed at. */
export function Wires({ wires, lit, width, height }: WiresProps) {
  const rest = useMemo(() => join(wires), [wires]);
  const ink = useMemo(() => join(wiresAt(wires, lit)), [wires, lit.block, lit.map]);
  return (
    <svg class="wires" aria-hidden="true" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <path d={rest} />
      <path key={ink} class="lit" d={ink} />
    </svg>
  );
}
