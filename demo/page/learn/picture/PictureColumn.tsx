import { useMemo } from "preact/hooks";
import { type ColourMap, ink } from "../../../colours.js";
import { channelsOf } from "../../../images.js";
import type { RoomProps } from "../../App.js";
import { MapCanvas } from "../../look/MapCanvas.js";
import { NARROW, useMedia } from "../../look/useMedia.js";
import { percent } from "../../look/words.js";
import { DrawingPad } from "../draw/DrawingPad.js";
import { TryPicture, tryDrops } from "../own/TryPicture.js";
import { colourMap } from "./paint.js";

/** What the network looks at, what else it could look at, and what the colours mean. */
export function PictureColumn(props: RoomProps) {
  const { paper } = props;
  const name = nameOf(props);
  const own = props.settings.data === "own";
  const narrow = useMedia(NARROW);
  const none = isNone(props);
  return (
    <div class="picture" {...(own ? tryDrops(props.own) : {})}>
      <p class="small">
        <i class="symbol">x</i>: {name.endsWith(".") ? name : `${name}.`} {narrow && !none && <Guess {...props} />}
      </p>
      <DrawingPad {...props} label={`The picture: ${name}`} none={none} />
      {own && <TryPicture {...props} />}
      <Examples {...props} />
      <div class="legends">
        <Ramp colours={colourMap("signed", paper)} ends={["−", "0", "+"]} words="signed" />
        <Ramp colours={colourMap("magnitude", paper)} ends={["0", "", "max"]} words="0 or more" />
      </div>
    </div>
  );
}

/** Of one's own pictures there may be none yet. */
export const isNone = ({ example, settings, own }: RoomProps) =>
  settings.data === "own" && example.label === undefined && !own.live && !own.tried;

function nameOf({ example: { label }, classes, settings, own }: RoomProps): string {
  const { data, item } = settings;
  if (label === undefined)
    return data !== "own"
      ? "your drawing"
      : own.live
        ? "what the camera sees"
        : own.tried
          ? "a picture that you try. The network never trains on it."
          : "no picture yet";
  const name = classes[label];
  if (data === "own") return `${item > 0 ? "a picture of the test" : "your first picture"}: ${name}`;
  return `a test ${data === "digits" ? "digit" : "picture"}: ${name}. The network never trains on it.`;
}

/** On a phone, the prediction is far below. Who draws sees the answer here. */
function Guess({ network, classes }: RoomProps) {
  const probabilities = network.snapshot?.pass?.probabilities;
  if (!probabilities) return null;
  const most = Math.max(...probabilities);
  return (
    <b class="guess">
      It says {classes[probabilities.indexOf(most)]}, {percent(most)}.
    </b>
  );
}

function Examples({ examples, settings, change, classes, paper, own }: RoomProps) {
  const { drawing, item, example } = settings;
  const pictures = useMemo(
    () => examples.map(({ picture, label }) => ({ label, channels: channelsOf(picture, 0) })),
    [examples],
  );
  const colours = useMemo(() => ink(1, paper), [paper]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
    <div role="group" aria-label="Pictures to look at" class="examples">
      {pictures.map(({ label, channels }) => (
        <button
          key={label}
          type="button"
          aria-label={`Look at: ${classes[label]}`}
          aria-pressed={drawing === "" && item === 0 && example === label && !own.tried}
          onClick={() => {
            own.setTried(undefined);
            change({ example: label, item: 0, drawing: "" });
          }}
        >
          <MapCanvas channels={channels} colours={colours} />
        </button>
      ))}
    </div>
  );
}

const STOPS = 11;

interface RampProps {
  readonly colours: ColourMap;
  readonly ends: readonly [string, string, string];
  readonly words: string;
}

/** What a colour scale means in every column. Its limits stand below the columns. */
function Ramp({ colours, ends, words }: RampProps) {
  const least = colours.twoSided ? -1 : 0;
  const stops = Array.from({ length: STOPS }, (_, i) => colours.colour(least + ((1 - least) * i) / (STOPS - 1)));
  return (
    <div class="small">
      <span class="ramp" style={{ background: `linear-gradient(to right, ${stops.join(", ")})` }} />
      <span class="ends">
        {ends.map((end) => (
          <span key={end}>{end}</span>
        ))}
      </span>
      {words}
    </div>
  );
}
