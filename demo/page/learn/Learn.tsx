import "./learn.css";
import type { RoomProps } from "../App.js";
import { NARROW, useMedia } from "../look/useMedia.js";
import { Curves } from "./curves/Curves.js";
import { DeviceLine } from "./DeviceLine.js";
import { Mistakes } from "./mistakes/Mistakes.js";
import { OwnPanel } from "./own/OwnPanel.js";
import { NetworkPicture } from "./picture/NetworkPicture.js";
import { RecipeSentence, Strip } from "./strip/Strip.js";
import { Title } from "./Title.js";
import { TrainButtons } from "./TrainButtons.js";

/** The opening room: a network that learns before your eyes. */
export function Learn(props: RoomProps) {
  const { refusal } = props.network;
  const narrow = useMedia(NARROW);
  const about = (
    <>
      <div class="learn-strip">
        {!narrow && <Strip {...props} />}
        <DeviceLine {...props} />
      </div>
      <RecipeSentence {...props} />
    </>
  );
  return (
    <div class="learn">
      <div class="learn-top">
        <Title {...props} />
        <TrainButtons {...props} />
      </div>
      {refusal && (
        <p role="alert">
          {refusal.name}: {refusal.message}
        </p>
      )}
      {!narrow && about}
      {props.settings.data === "own" && <OwnPanel {...props} />}
      <NetworkPicture {...props} />
      {narrow && about}
      <div class="learn-results">
        <Curves {...props} />
        <Mistakes {...props} />
      </div>
    </div>
  );
}
