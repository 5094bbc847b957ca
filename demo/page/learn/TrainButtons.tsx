import type { RoomProps } from "../App.js";
import { NARROW, useMedia } from "../look/useMedia.js";
import { SettingsDialog } from "./strip/SettingsDialog.js";
import { useStartOver } from "./useStartOver.js";

/** Train, pause, one step, start over. On a phone they are a bar within reach of the thumb. */
export function TrainButtons(props: RoomProps) {
  const { network, settings, own } = props;
  const { activity, snapshot } = network;
  const narrow = useMedia(NARROW);
  const startOver = useStartOver(props);
  const running = activity === "running" || activity === "loading" || activity === "catching up";
  const nothingToLearn = settings.data === "own" && !own.enough;
  const rests = activity === "paused" && snapshot && !nothingToLearn;
  const described = nothingToLearn ? { "aria-describedby": "why-not" } : {};
  const step = (
    <button type="button" disabled={!rests} {...described} onClick={network.step}>
      Step
    </button>
  );
  const train = (
    <button
      type="button"
      class="main"
      disabled={!running && !rests}
      {...described}
      onClick={() => network.run(!running)}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path d={running ? "M2 0h4v16H2zM10 0h4v16h-4z" : "M2 0 15 8 2 16z"} fill="currentColor" />
      </svg>
      {running ? "Pause" : snapshot && snapshot.step > 0 ? "Go on" : "Train"}
    </button>
  );
  const why = nothingToLearn && (
    <p id="why-not" class="small">
      Train needs pictures in two classes.
    </p>
  );
  if (narrow) {
    return (
      <div class="go over">
        {why}
        {train}
        {step}
        <SettingsDialog {...props} />
      </div>
    );
  }
  return (
    <div class="go">
      {step}
      <button type="button" disabled={!snapshot || nothingToLearn} onClick={startOver}>
        Start over
      </button>
      {train}
      {why}
    </div>
  );
}
