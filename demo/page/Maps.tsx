import { blueRed } from "../colours.js";
import { channelsOf, largest } from "../images.js";
import type { Backward } from "./lesson.js";
import { Plate } from "./Plate.js";
import type { Cell } from "./settings.js";
import { channelOf, filterOf, grey, type Shown, shownChannel, signed } from "./shown.js";

/** The way from the picture to the pooled map and, beneath it, the gradient's way back. */
export function Maps(shown: Shown) {
  const { answer, question, paper, change } = shown;
  const { backward } = answer;
  const { filter } = question;
  const channel = shownChannel(shown);
  const { stride, dilation } = question.settings;
  const features = channelOf(answer.features, filter);
  const pooled = channelOf(answer.pooled, filter);
  const weights = filterOf(question.w, channel, filter);
  const step = backward ? backward.last : answer.convolution;
  const convTaps = step?.taps ?? [];
  const convCell = step ? [step.cell] : [];
  const poolCell = [answer.pooling.cell];
  const featureColours = signed([features], paper);

  // A cell of the padded picture means the window around it.
  const reach = Math.floor(((question.w.shape[0] ?? 1) - 1) / 2) * dilation;
  const windowAround = ({ row, column }: Cell) => ({
    row: Math.max(0, Math.round((row - reach) / stride)),
    column: Math.max(0, Math.round((column - reach) / stride)),
  });
  const slide = backward ? undefined : (cell: Cell) => change({ cell });
  return (
    <section class="maps" aria-label="Maps">
      <h2>
        Forward → <span class="key reads">read</span> <span class="key writes">written</span>
      </h2>
      <Plate title="Picture" symbol="x" channels={channelsOf(question.x, 0)} colours={grey(paper)} />
      <Plate
        title="Padded"
        symbol="x_pad"
        channels={channelsOf(answer.padded, 0)}
        colours={grey(paper)}
        framed={convTaps}
        {...(slide && { onPick: (cell: Cell) => slide(windowAround(cell)) })}
      />
      <Plate title="Filter" symbol="w" channels={[weights]} colours={signed([weights], paper)} />
      <Plate
        title="Feature map"
        symbol="z"
        channels={[features]}
        colours={featureColours}
        framed={convCell}
        tone={backward ? "reads" : "writes"}
        {...(slide && { onPick: slide })}
      />
      <Plate
        title="Pooled"
        symbol="a"
        channels={[pooled]}
        colours={featureColours}
        framed={poolCell}
        tone="writes"
        onPick={(cell) => change({ pooled: cell, ...(backward && { gradient: "one", walked: null }) })}
      />
      {backward && <Gradients {...shown} backward={backward} />}
    </section>
  );
}

function Gradients(shown: Shown & { readonly backward: Backward }) {
  const { backward, question, answer, paper, change } = shown;
  const { filter } = question;
  const channel = shownChannel(shown);
  const dInput = channelOf(backward.dInput, channel);
  const dPadded = channelOf(backward.dPadded, channel);
  const dWeights = filterOf(backward.dWeights, channel, filter);
  const dFeatures = channelOf(backward.dFeatures, filter);
  const dPooled = channelOf(backward.dPooled, filter);
  const inputColours = blueRed(largest([dPadded]), paper);
  const taps = backward.last?.taps ?? [];
  return (
    <>
      <h2>← Backward: how much the loss grows with each number above</h2>
      <Plate symbol="dx" channels={[dInput]} colours={inputColours} />
      <Plate symbol="dx_pad" channels={[dPadded]} colours={inputColours} framed={taps} tone="writes" />
      <Plate symbol="dw" channels={[dWeights]} colours={signed([dWeights], paper)} />
      <Plate
        symbol="dz"
        channels={[dFeatures]}
        colours={signed([dFeatures], paper)}
        framed={backward.last ? [backward.last.cell] : answer.pooling.taps}
        tone="reads"
      />
      <Plate
        symbol="da"
        channels={[dPooled]}
        colours={signed([dPooled], paper)}
        framed={[answer.pooling.cell]}
        onPick={(pooled) => change({ pooled, gradient: "one", walked: null })}
      />
    </>
  );
}
