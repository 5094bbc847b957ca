import type { Image } from "../../../images.js";
import { RANGES, type Settings } from "../../settings/settings.js";
import { blockPlace } from "../place.js";
import type { Moment } from "../useMoment.js";
import type { ViewsProps } from "../Views.js";
import { gradientsOf, mapsOf } from "../values.js";

const [, LAST] = RANGES.guide;

/** The guided first minute: five steps, each at a place where there is something to see. */
export function Tour({ settings: { guide }, change, moment }: ViewsProps) {
  const go = (step: number) => change(step >= 1 && step <= LAST ? tourStep(moment, step) : { guide: 0 });
  if (guide === 0) {
    return (
      <button type="button" class="tour" onClick={() => go(1)}>
        Show me in 5 steps
      </button>
    );
  }
  return (
    <div class="tour">
      <p>
        <b>{guide}</b> of {LAST}
      </p>
      <button type="button" disabled={guide === 1} onClick={() => go(guide - 1)}>
        ‹ Before
      </button>
      <button type="button" class="main" onClick={() => go(guide + 1)}>
        {guide === LAST ? "Look around" : "Next ›"}
      </button>
      {guide < LAST && (
        <button type="button" class="plain" onClick={() => go(0)}>
          End
        </button>
      )}
    </div>
  );
}

/** Where a step of the tour leads. */
export function tourStep(moment: Moment, guide: number): Partial<Settings> {
  const { architecture, stations } = moment;
  const first = blockPlace(architecture, stations, 1);
  const last = blockPlace(architecture, stations, architecture.blocks.length);
  if (!first || !last) return { guide: 0 };
  if (guide <= 2) {
    const best = largestCell(mapsOf(moment, first.convolution));
    return { guide, direction: "forward", station: first.convolution.name, source: 0, map: best.map, cell: best.cell };
  }
  if (guide === 3) return { guide, direction: "forward", station: "loss", map: moment.pass.example.label ?? 0 };
  const best = largestCell(gradientsOf(moment, last.last));
  return { guide, direction: "backward", station: last.last.name, source: 0, map: best.map, cell: best.cell };
}

/** The place of the largest number of all maps, whatever its sign. */
function largestCell(maps: readonly Image[]) {
  let best = { size: -1, map: 0, cell: { row: 0, column: 0 } };
  for (const [map, { height, width, at }] of maps.entries()) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const size = Math.abs(at(row, column));
        if (size > best.size) best = { size, map, cell: { row, column } };
      }
    }
  }
  return best;
}
