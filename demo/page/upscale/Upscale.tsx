import "./upscale.css";
import { useRef } from "preact/hooks";
import type { RoomProps } from "../App.js";
import { nameOf } from "../learn/DeviceLine.js";
import { count } from "../look/words.js";
import { SCALES } from "../settings/settings.js";
import { Comparison } from "./Comparison.js";
import { type EnlargementState, frameOf, inputSize } from "./enlargement.js";
import { type PartWidth, partWidths, type Size } from "./limits.js";
import { PartPicker } from "./PartPicker.js";
import type { Photo } from "./photo.js";
import { useDroppedPictures, useEnlargement } from "./useEnlargement.js";

/** ESRGAN enlarges a photo on the visitor's device. */
export function Upscale(props: RoomProps) {
  const { settings, change, network } = props;
  const [enlargement, state] = useEnlargement(network.client);
  const over = useDroppedPictures(enlargement);
  const chooser = useRef<HTMLInputElement>(null);
  const { photo, running, result, error } = state;
  const { scale } = settings;
  const done = result?.progress === 1 && result.scale === scale;
  return (
    <div class={over ? "upscale dropping" : "upscale"}>
      <div class="tool-top">
        <div>
          <h1>{titleOf(state)}</h1>
          <p class="quiet">
            ESRGAN has learned from photos what detail looks like. What it adds is a good guess, not what the camera
            saw. The photo stays in this tab.
          </p>
        </div>
        <div class="tool-buttons">
          <button type="button" onClick={() => chooser.current?.click()}>
            Choose a photo
          </button>
          <input
            ref={chooser}
            type="file"
            accept="image/*"
            hidden
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (file) void enlargement.open(file, file.name);
              currentTarget.value = "";
            }}
          />
          {running ? (
            <button type="button" class="main" onClick={() => enlargement.stop()}>
              Stop
            </button>
          ) : done ? (
            <button type="button" class="main" onClick={() => enlargement.save()}>
              Save as PNG
            </button>
          ) : (
            <button type="button" class="main" disabled={!photo} onClick={() => void enlargement.start(scale)}>
              Enlarge × {scale}
            </button>
          )}
        </div>
      </div>
      {error && <p role="alert">{error}</p>}
      <div class="upscale-strip">
        <fieldset disabled={running}>
          <legend>Scale</legend>
          {SCALES.map((known) => (
            <label key={known} class="scale">
              <input type="radio" name="scale" checked={known === scale} onChange={() => change({ scale: known })} />×{" "}
              {known}
            </label>
          ))}
        </fieldset>
        {photo && <WhatToTake photo={photo} state={state} scale={scale} choose={(what) => enlargement.choose(what)} />}
        <p class="small upscale-device">
          {network.device ? `On ${nameOf(network.device)}.` : "Opening a device …"}{" "}
          {network.activity === "running" && "The network in Learn goes on learning between the tiles."}
        </p>
      </div>
      {running && result && (
        <div class="tool-progress">
          <progress aria-label="Enlarged so far" value={result.progress} max={1} />
          <span class="small">{timeLeft(result.progress, result.seconds)}</span>
        </div>
      )}
      <p class="unseen" role="status">
        {done && !running ? titleOf(state) : ""}
      </p>
      <div class="upscale-picture">
        {photo && !result && state.take !== "whole" && (
          <PartPicker
            picture={photo.preview}
            whole={photo}
            frame={frameOf(state, photo)}
            name="The part"
            onMove={(middle) => enlargement.choose({ middle })}
          />
        )}
        {result ? (
          <Comparison
            input={result.input}
            scale={result.scale}
            output={result.output}
            progress={running ? Math.min(result.progress, 0.999) : result.progress}
            label={`${photo?.name ?? "The photo"}, enlarged`}
          />
        ) : (
          photo &&
          state.take === "whole" && (
            <Comparison input={photo.preview} scale={scale} output={undefined} progress={0} label={photo.name} />
          )
        )}
        <p class="small">
          Drop a photo anywhere, or paste one. The cat is Chelsea, by Stefan van der Walt (CC0). ESRGAN-slim comes from
          UpscalerJS, by Kevin Scott (MIT).
        </p>
      </div>
    </div>
  );
}

const times = ({ width, height }: Size) => `${count(width)} × ${count(height)}`;

/** The title is the result. */
function titleOf({ running, result }: EnlargementState): string {
  if (running) return result ? `Enlarging: ${Math.round(100 * result.progress)} % is done` : "Opening the picture …";
  if (!result) return "A small photo becomes a large one, on your own device";
  const { seconds, input, output } = result;
  const time = seconds < 10 ? seconds.toFixed(1) : Math.round(seconds);
  return `${times(input)} pixels became ${times(output)} in ${time} seconds`;
}

function timeLeft(progress: number, seconds: number): string {
  if (progress === 0) return "The first tile tells how long it takes.";
  const left = Math.round((seconds / progress) * (1 - progress));
  if (left < 60) return `About ${left === 1 ? "1 second" : `${left} seconds`} left`;
  const minutes = Math.round(left / 60);
  return `About ${minutes === 1 ? "1 minute" : `${minutes} minutes`} left`;
}

interface WhatToTakeProps {
  readonly photo: Photo;
  readonly state: EnlargementState;
  readonly scale: RoomProps["settings"]["scale"];
  choose(what: { readonly take: "whole" | PartWidth }): void;
}

/** All of the photo, made smaller if it is too large, or a part of it. */
function WhatToTake({ photo, state, scale, choose }: WhatToTakeProps) {
  const whole = inputSize({ ...state, take: "whole" }, photo, scale);
  const tooLarge = whole.width < photo.width;
  const widths = partWidths(photo);
  const takes: (string | PartWidth)[] = ["whole", ...widths];
  const known = takes.includes(state.take) ? state.take : "whole";
  const size = inputSize(state, photo, scale);
  return (
    <>
      <label class="field">
        <span>
          {photo.name}, {times(photo)}
        </span>
        <select
          value={known}
          disabled={state.running}
          onChange={({ currentTarget: { value } }) => {
            choose({ take: widths.find((width) => String(width) === value) ?? "whole" });
          }}
        >
          <option value="whole">{tooLarge ? `all of it, scaled down to ${times(whole)}` : "all of it"}</option>
          {widths.map((width) => (
            <option key={width} value={width}>
              a part, {width} pixels wide
            </option>
          ))}
        </select>
      </label>
      <p class="small becomes">
        {tooLarge && state.take === "whole"
          ? `At × ${scale} it is too large for a browser: ${times({ width: scale * photo.width, height: scale * photo.height })}. Take a part, or let it be scaled down first.`
          : `It becomes ${times({ width: scale * size.width, height: scale * size.height })}.`}
      </p>
    </>
  );
}
