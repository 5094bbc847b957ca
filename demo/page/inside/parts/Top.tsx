import { useState } from "preact/hooks";
import { stationName } from "../names.js";
import { blockNumber, blockPlace, type Place } from "../place.js";
import { titleOf } from "../titles.js";
import type { Ways } from "../useWays.js";
import type { ViewsProps } from "../Views.js";
import { type Instead, Tour } from "./Tour.js";

type TopProps = ViewsProps & { readonly place: Place; readonly ways: Ways };

/** The title, what is to be seen, and the ways on. */
export function Top(props: TopProps) {
  const { settings, change, place, moment, ways } = props;
  const { title, text } = titleOf(props, place);
  const [instead, keep] = useState<Instead>();
  const backward = settings.direction === "backward";
  const goBackward = () => {
    // Nothing goes back through the picture itself.
    const [, first] = moment.stations;
    const from = place.station.kind === "picture" && first ? ways.across(first) : {};
    change({ direction: "backward", guide: 0, ...from });
  };
  return (
    <div class="top">
      <div class="words">
        <h1>{title}</h1>
        <p class="large" aria-live="polite">
          {text}
        </p>
        {settings.guide > 0 && instead && <p class="instead">{instead.words}</p>}
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
          <button type="button" class="plain" aria-pressed={backward} onClick={goBackward}>
            ← Backward
          </button>
        </div>
        <div class="onward">
          <Tour {...props} instead={instead} keep={keep} />
          {settings.guide === 0 && <Neighbours {...props} />}
        </div>
      </div>
    </div>
  );
}

interface Way {
  readonly name: string;
  go(): void;
}

/** To the station before and to the next one; on the way back, from block to block. */
function Neighbours(props: TopProps) {
  const [left, right] = props.settings.direction === "forward" ? stationWays(props) : blockWays(props);
  return (
    <div class="neighbours">
      <button type="button" disabled={!left} onClick={() => left?.go()}>
        ‹ {left?.name ?? "Start"}
      </button>
      <button type="button" disabled={!right} onClick={() => right?.go()}>
        {right?.name ?? "End"} ›
      </button>
    </div>
  );
}

function stationWays({ moment, place, ways, change }: TopProps): readonly (Way | undefined)[] {
  return [-1, 1].map((by) => {
    const station = moment.stations[place.index + by];
    return station && { name: stationName(moment, station), go: () => change(ways.along(station)) };
  });
}

function blockWays({ moment, place, settings, ways, change }: TopProps): readonly (Way | undefined)[] {
  const { architecture, stations } = moment;
  const number = blockNumber(architecture, place.station);
  return [-1, 1].map((by) => {
    const block = blockPlace(architecture, stations, number + by);
    const map = by < 0 ? settings.source : 0;
    return (
      block && {
        name: stationName(moment, block.convolution),
        go: () => change({ ...ways.across(block.last), map, source: 0 }),
      }
    );
  });
}
