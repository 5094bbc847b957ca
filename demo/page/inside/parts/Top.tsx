import type { Settings } from "../../settings/settings.js";
import { stationName } from "../names.js";
import { blockNumber, blockPlace, follow, type Place, retrace } from "../place.js";
import { titleOf } from "../titles.js";
import type { ViewsProps } from "../Views.js";
import { Tour } from "./Tour.js";

type TopProps = ViewsProps & { readonly place: Place };

/** The title, what is to be seen, and the ways on. */
export function Top(props: TopProps) {
  const { settings, change, place } = props;
  const { title, text } = titleOf(props, place);
  const backward = settings.direction === "backward";
  return (
    <div class="top">
      <div class="words">
        <h1>{title}</h1>
        <p class="large" aria-live="polite">
          {text}
        </p>
      </div>
      <div class="ways">
        <div class="directions">
          <button
            type="button"
            class="plain"
            aria-pressed={!backward}
            onClick={() => change({ direction: "forward", guide: 0 })}
          >
            Forward →
          </button>
          <button
            type="button"
            class="plain"
            aria-pressed={backward}
            onClick={() => change({ direction: "backward", guide: 0 })}
          >
            ← Backward
          </button>
        </div>
        <div class="onward">
          <Tour {...props} />
          {settings.guide === 0 && <Neighbours {...props} />}
        </div>
      </div>
    </div>
  );
}

interface Way {
  readonly to: Partial<Settings>;
  readonly name: string;
}

/** To the station before and to the next one; on the way back, from block to block. */
function Neighbours(props: TopProps) {
  const { change } = props;
  const { left, right } = props.settings.direction === "forward" ? stationWays(props) : blockWays(props);
  return (
    <div class="neighbours">
      <button type="button" disabled={!left} onClick={() => left && change(left.to)}>
        ‹ {left?.name ?? "Start"}
      </button>
      <button type="button" disabled={!right} onClick={() => right && change(right.to)}>
        {right?.name ?? "End"} ›
      </button>
    </div>
  );
}

interface Ways {
  readonly left: Way | undefined;
  readonly right: Way | undefined;
}

function stationWays({ moment, place }: TopProps): Ways {
  const { architecture, stations } = moment;
  const way = (to: Partial<Settings> | undefined, by: number): Way | undefined => {
    const station = stations[place.index + by];
    return to && station && { to, name: stationName(moment, station) };
  };
  return {
    left: way(retrace(architecture, stations, place), -1),
    right: way(follow(architecture, stations, place), 1),
  };
}

function blockWays({ moment, place, settings }: TopProps): Ways {
  const { architecture, stations } = moment;
  const number = blockNumber(architecture, place.station);
  const way = (to: number, map: number): Way | undefined => {
    const block = blockPlace(architecture, stations, to);
    if (!block) return undefined;
    const { height, width } = block.last;
    const middle = { row: Math.floor(height / 2), column: Math.floor(width / 2) };
    return {
      to: { station: block.last.name, map, source: 0, cell: middle },
      name: stationName(moment, block.convolution),
    };
  };
  return { left: way(number - 1, settings.source), right: way(number + 1, 0) };
}
