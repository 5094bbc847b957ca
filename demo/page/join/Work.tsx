import { nameOf } from "../learn/DeviceLine.js";
import { count, exact } from "../look/words.js";
import type { ShownVolunteer } from "./useVolunteer.js";

/** How the training goes, and what this tab does for it. */
export function Work({ busy, stage, parts, last, device }: ShownVolunteer) {
  if (!last && !busy) return null;
  return (
    <>
      {last && busy && (
        <div class="tool-progress">
          <progress aria-label="Rounds of the training" value={last.round - 1} max={last.rounds} />
          <span class="small">
            Round {count(last.round)} of {count(last.rounds)}
          </span>
        </div>
      )}
      {last && (
        <dl class="join-numbers">
          <div>
            <dt>Parts done here</dt>
            <dd>{count(parts)}</dd>
          </div>
          <div>
            <dt>Pictures a second</dt>
            <dd>{count(Number(last.imagesPerSecond.toPrecision(2)))}</dd>
          </div>
          <div>
            <dt>Loss of the last part</dt>
            <dd>{exact(last.loss)}</dd>
          </div>
        </dl>
      )}
      {busy && (
        <p class="small join-on">
          {device ? `On ${nameOf(device)}. ` : ""}
          {stage === "connecting"
            ? "If no server answers in half a minute, this tab gives up."
            : "It goes on while you look at the other rooms, as long as this tab is open."}
        </p>
      )}
    </>
  );
}
