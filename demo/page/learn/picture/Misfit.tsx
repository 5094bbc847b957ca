import { ConvolutionControls, PoolControl, RemoveBlock } from "./BlockControls.js";
import type { PictureProps } from "./NetworkPicture.js";

/** The settings make no network: why, and the ways out. The last network that was one is still drawn. */
export function Misfit({ settings, change, network, drawn }: PictureProps) {
  const undrawn = settings.blocks.map((_, index) => index).slice(drawn.blocks.length);
  return (
    <div class="misfit">
      <p role="alert">{network.misfit} The picture still shows the network before.</p>
      {undrawn.map((index) => (
        <div class="controls" key={index}>
          <b>Convolution {index + 1}</b>
          <ConvolutionControls settings={settings} change={change} index={index} />
          <span>pool</span>
          <PoolControl settings={settings} change={change} index={index} />
          <RemoveBlock settings={settings} change={change} index={index} />
        </div>
      ))}
      <button type="button" onClick={() => change({ blocks: drawn.blocks })}>
        Back to the network before
      </button>
    </div>
  );
}
