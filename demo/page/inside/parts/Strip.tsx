import type { Paper } from "../../../colours.js";
import { blueRed } from "../../../colours.js";
import { largest } from "../../../images.js";
import { MapCanvas } from "../../look/MapCanvas.js";
import { short } from "../../look/words.js";
import type { Station } from "../../network/architecture.js";
import type { Settings } from "../../settings/settings.js";
import { stationName } from "../names.js";
import type { Moment } from "../useMoment.js";
import { coloursOf, gradientsOf, mapsOf } from "../values.js";

interface StripProps {
  readonly moment: Moment;
  readonly chosen: Station;
  readonly map: number;
  readonly direction: Settings["direction"];
  readonly paper: Paper;
  /** Of the page, in pixels. */
  readonly width: number;
  choose(station: Station): void;
}

/** All stations of the network, to go to. */
export function Strip({ moment, chosen, map, direction, paper, width, choose }: StripProps) {
  const { stations } = moment;
  const room = width / stations.length;
  const form = room >= 118 ? "beside" : room >= 72 ? "below" : "bare";
  return (
    <nav class={`strip ${form}`} aria-label="Stations of the network">
      {stations.map((station, i) => (
        <>
          {i > 0 && form === "beside" && <Arrow key={`to ${station.name}`} back={direction === "backward"} />}
          <button
            key={station.name}
            type="button"
            class="station"
            aria-current={station.name === chosen.name ? "step" : undefined}
            onClick={() => choose(station)}
          >
            <Thumbnail moment={moment} station={station} map={map} direction={direction} paper={paper} />
            <span class={form === "bare" ? "unseen" : undefined}>{stationName(moment, station)}</span>
          </button>
        </>
      ))}
    </nav>
  );
}

function Arrow({ back }: { readonly back: boolean }) {
  return (
    <svg class={back ? "between back" : "between"} viewBox="0 0 22 10" aria-hidden="true">
      <path d="M0 5h20m-5 -4l5 4l-5 4" />
    </svg>
  );
}

type ThumbnailProps = Pick<StripProps, "moment" | "map" | "direction" | "paper"> & { readonly station: Station };

/** What a station holds for this picture: values on the way forward, gradients on the way back. */
function Thumbnail({ moment, station, map, direction, paper }: ThumbnailProps) {
  const { pass } = moment;
  if (station.kind === "loss") {
    return (
      <span class="thumbnail number" aria-hidden="true">
        {pass.loss === undefined ? "?" : short(pass.loss)}
      </span>
    );
  }
  if (station.kind === "dense") return <Bars values={pass.probabilities} />;
  const gradients = direction === "backward" && station.kind !== "picture" ? gradientsOf(moment, station) : [];
  const images = gradients.length > 0 ? gradients : mapsOf(moment, station);
  const one = images[Math.min(map, images.length - 1)];
  const channels = station.kind === "picture" && images.length === 3 ? images : one ? [one] : [];
  const colours = gradients.length > 0 ? blueRed(largest(gradients), paper) : coloursOf(moment, station, paper);
  return (
    <span class="thumbnail">
      <MapCanvas channels={channels} colours={colours} />
    </span>
  );
}

function Bars({ values }: { readonly values: Float32Array }) {
  return (
    <span class="thumbnail bars">
      {Array.from(values, (value, i) => (
        <i key={i} style={{ width: `${100 * value}%` }} />
      ))}
    </span>
  );
}
