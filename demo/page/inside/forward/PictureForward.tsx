import { useState } from "preact/hooks";
import { Legend } from "../../look/Legend.js";
import { short } from "../../look/words.js";
import { nearestCell } from "../../network/windows.js";
import { cellName } from "../names.js";
import { CellTable } from "../parts/CellTable.js";
import { Links } from "../parts/Links.js";
import { smallest } from "../parts/numbers.js";
import { PlaceMap } from "../parts/PlaceMap.js";
import { StepBar } from "../parts/StepBar.js";
import { useSteps } from "../parts/useSteps.js";
import { cellAt, indexOf } from "../place.js";
import { scaleFor } from "../sizes.js";
import { coloursOf, cut, mapsOf } from "../values.js";
import type { AtPlace } from "./MapsForward.js";

/** Cells to each side of the chosen one. */
const AROUND = 3;

/** The picture, as the numbers that it is. */
export function PictureForward({ moment, place, paper, width, change, notes }: AtPlace) {
  const { station, map, cell } = place;
  const [pointed, point] = useState<number>();
  const images = mapsOf(moment, station);
  const colours = coloursOf(moment, station, paper);
  const count = station.height * station.width;
  const index = indexOf(cell, station);
  const go = (to: number) => change({ cell: cellAt(to, station) });
  const [playing, play] = useSteps({ index, count, columns: station.width, ready: true, go });
  const side = 2 * AROUND + 1;
  const corner = nearestCell(
    { row: cell.row - AROUND, column: cell.column - AROUND },
    { height: station.height - side + 1, width: station.width - side + 1 },
  );
  const own = (cell.row - corner.row) * side + (cell.column - corner.column);
  const narrow = width < side * 38;
  return (
    <div data-shown={`x ${map} ${cell.row} ${cell.column}`}>
      <Links class="maps-forward picture-forward" links={[{ from: "window", to: "under", as: "beam" }]}>
        <section class="reads" aria-label="The picture">
          <PlaceMap
            name="Picture"
            channels={images.length === 3 ? images : images.slice(0, 1)}
            colours={colours}
            scale={scaleFor(station.width, Math.min(width < 640 ? width : width - side * 40 - 60, 448))}
            frames={[
              { ...corner, rows: side, columns: side, anchor: "window" },
              { ...cell, rows: 1, columns: 1, thin: true, anchor: "pixel" },
              ...(pointed === undefined
                ? []
                : [
                    {
                      row: corner.row + Math.floor(pointed / side),
                      column: corner.column + (pointed % side),
                      rows: 1,
                      columns: 1,
                      thin: true,
                    },
                  ]),
            ]}
            onPick={(picked) => change({ cell: nearestCell(picked, station) })}
          />
          <Legend colours={colours} />
        </section>
        <section class="middle-part" aria-label="Its numbers">
          <CellTable
            label="Numbers of the picture around the chosen one"
            title={images.length === 3 ? `Its numbers, ${["red", "green", "blue"][map]}` : "Its numbers"}
            values={cut(images[map], corner, side)}
            columns={side}
            colours={colours}
            width={narrow ? Math.floor(width / side) : 40}
            format={narrow ? smallest : short}
            anchor="under"
            marked={[own]}
            pointed={pointed}
            onPoint={point}
          />
          <p class="small">
            Cells are counted from 0, as in code: this is {cellName(cell)}. Maps and filters are counted from 1.
          </p>
        </section>
      </Links>
      <StepBar playing={playing} play={play} index={index} count={count} thing="Number" place={cellName(cell)} go={go}>
        {notes}
      </StepBar>
    </div>
  );
}
