import { nameOf } from "../../learn/DeviceLine.js";
import { count } from "../../look/words.js";
import type { ViewsProps } from "../Views.js";

/** Which network this is: it stays as it was when the room was entered, so that all numbers belong together. */
export function MomentLine({ network, taken: { later, renew }, moment }: ViewsProps) {
  const { device, activity, run } = network;
  const running = activity === "running" || activity === "loading";
  return (
    <>
      <p class="small">
        {moment.step === 0
          ? later === undefined
            ? "This network has not learned anything yet: its filters are random."
            : "The network before its first step: its filters are random."
          : `The network of step ${count(moment.step)}, as it was when you came in.`}{" "}
        {device && `Computed in this tab on ${nameOf(device)}.`}
      </p>
      <div class="moment">
        {later !== undefined && (
          <button type="button" class="plain" onClick={renew}>
            Take the network of now
          </button>
        )}
        <button type="button" class="plain" onClick={() => run(!running)}>
          {running ? "Pause the training" : moment.step === 0 && later === undefined ? "Train it" : "Train it on"}
        </button>
      </div>
    </>
  );
}
