import type { RoomProps } from "../App.js";
import { DeviceLine } from "./DeviceLine.js";
import { NetworkPicture } from "./picture/NetworkPicture.js";
import { Title } from "./Title.js";
import { TrainButtons } from "./TrainButtons.js";

/** The opening room: a network that learns before your eyes. */
export function Learn(props: RoomProps) {
  const { network } = props;
  return (
    <>
      <div class="learn-top">
        <Title {...props} />
        <TrainButtons {...props} />
      </div>
      <DeviceLine {...props} />
      {(network.misfit ?? network.refusal) && (
        <p role="alert">{network.misfit ?? `${network.refusal?.name}: ${network.refusal?.message}`}</p>
      )}
      <NetworkPicture {...props} />
    </>
  );
}
