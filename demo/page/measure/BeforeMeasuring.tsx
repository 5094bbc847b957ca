import { nameOf } from "../learn/DeviceLine.js";
import type { Device } from "../worker/messages.js";

/** What there is to measure, and on what. */
export function BeforeMeasuring({ device }: { readonly device: Device | undefined }) {
  return (
    <>
      <dl class="before-measuring">
        <div>
          <dt>The ceiling</dt>
          <dd>How fast this device multiplies and adds, and how fast it copies. No kernel passes both.</dd>
        </div>
        <div>
          <dt>Convolutions</dt>
          <dd>Small ones tell what a call costs, large ones how fast a kernel computes. In GFLOP/s.</dd>
        </div>
        <div>
          <dt>Pools</dt>
          <dd>They compute little, so the memory decides. In GB/s.</dd>
        </div>
        <div>
          <dt>Training</dt>
          <dd>How many pictures a second a LeNet learns from.</dd>
        </div>
      </dl>
      <p>
        That takes about a minute, and some minutes with the backward passes.
        {device && ` The network in Learn runs on ${nameOf(device)}.`}
        {device?.reason && " No WebGPU was found on a graphics card: the comparison may have one side only."}
      </p>
    </>
  );
}
