import type { RoomProps } from "../App.js";
import "./inside.css";
import "./backward/backward.css";
import "./forward/forward.css";
import "./forward/stations.css";
import "./parts/parts.css";
import { useMoment } from "./useMoment.js";
import { useWidth } from "./useWidth.js";
import { Views } from "./Views.js";

/** The second room: the same network, number by number, forward and backward. */
export function Inside(props: RoomProps) {
  const taken = useMoment(props);
  const [box, width] = useWidth();
  const { network } = props;
  const refused = network.misfit ?? (network.refusal && `${network.refusal.name}: ${network.refusal.message}`);
  return (
    <div class="inside" ref={box}>
      {refused && <p role="alert">{refused}</p>}
      {taken.moment && width > 0 ? (
        <Views {...props} taken={taken} moment={taken.moment} width={width} />
      ) : (
        !refused && <Waits {...props} />
      )}
    </div>
  );
}

function Waits({ network: { activity, snapshot, plan, run } }: RoomProps) {
  const steps = plan?.steps ?? 0;
  const far =
    activity === "catching up" && `It learns again what the link asks for: step ${snapshot?.step ?? 0} of ${steps}.`;
  return (
    <>
      <h1>Inside the network</h1>
      <p class="waits">{far || "One moment …"}</p>
      {far && (
        <button type="button" onClick={() => run(false)}>
          Pause, and look at it now
        </button>
      )}
    </>
  );
}
