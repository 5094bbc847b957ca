import { stationName } from "../names.js";
import { follow, type Place, retrace } from "../place.js";
import { titleOf } from "../titles.js";
import type { ViewsProps } from "../Views.js";

/** The title, what is to be seen, and the ways on. */
export function Top(props: ViewsProps & { readonly place: Place }) {
  const { settings, change, moment, place } = props;
  const { architecture, stations } = moment;
  const { title, text } = titleOf(props, place);
  const backward = settings.direction === "backward";
  const [next, before] = [follow(architecture, stations, place), retrace(architecture, stations, place)];
  const name = (by: number) => {
    const station = stations[place.index + by];
    return station ? stationName(moment, station) : "";
  };
  return (
    <div class="top">
      <div class="words">
        <h1>{title}</h1>
        <p class="large">{text}</p>
      </div>
      <div class="ways">
        <div class="directions">
          <button type="button" class="plain" aria-pressed={!backward} onClick={() => change({ direction: "forward" })}>
            Forward →
          </button>
          <button type="button" class="plain" aria-pressed={backward} onClick={() => change({ direction: "backward" })}>
            ← Backward
          </button>
        </div>
        <div class="neighbours">
          <button type="button" disabled={!before} onClick={() => before && change(before)}>
            ‹ {before ? name(-1) : "Start"}
          </button>
          <button type="button" disabled={!next} onClick={() => next && change(next)}>
            {next ? name(1) : "End"} ›
          </button>
        </div>
      </div>
    </div>
  );
}
