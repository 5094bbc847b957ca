import { blueRed } from "../colours.js";
import { ChannelChoice } from "./ChannelChoice.js";
import { Choice } from "./Controls.js";
import { Sliding } from "./ForwardSteps.js";
import type { Backward, BackwardStep } from "./lesson.js";
import { at, magnitude } from "./maps.js";
import { NumberGrid } from "./NumberGrid.js";
import { Scrubber } from "./Scrubber.js";
import { GRADIENTS, TIES } from "./settings.js";
import { channelOf, grey, type Shown, shownChannel, signed, valuesOf } from "./shown.js";
import { count, exact, place } from "./words.js";

type BackwardShown = Shown & { readonly backward: Backward };

/** The gradient's way through the pooling, and through the convolution window by window. */
export function BackwardSteps(shown: BackwardShown) {
  return (
    <div class={shown.settings.size > 5 ? "steps wide" : "steps backward"}>
      <PoolingPanel {...shown} />
      <ConvolutionPanel {...shown} />
    </div>
  );
}

function PoolingPanel({ answer, question, settings, change, paper, backward }: BackwardShown) {
  const { cell, window, shares } = answer.pooling;
  const [size = 1] = window.shape;
  const gradient = at(backward.dPooled, cell, question.filter);
  const isMax = question.settings.pooling === "max";
  const receivers = Array.from(shares.values.keys()).filter((i) => shares.values[i] !== 0);
  const [first = 0] = receivers;
  const receiver = answer.pooling.taps[first];
  return (
    <section class="step" aria-labelledby="pooling-back">
      <h2 id="pooling-back">1. Back through the pooling</h2>
      <Choice
        label="A gradient of 1 for"
        labelled
        names={{ one: "one cell of a", all: "all cells of a" }}
        words={GRADIENTS}
        value={settings.gradient}
        onChange={(gradient) => change({ gradient, walked: null })}
      />
      <Sliding
        map={answer.pooled.shape}
        cell={cell}
        onChange={(pooled) => change({ pooled, ...(settings.gradient === "one" && { walked: null }) })}
      />
      <p class="story" aria-live="polite">
        Say the loss would grow by {exact(gradient)} for each 1 that a{place(cell)} grows: that is da{place(cell)}.{" "}
        {isMax
          ? receivers.length === 1 && receiver
            ? `Only the maximum of its window made it, so the whole of it goes there, to z${place(receiver)}; the others changed nothing and get 0.`
            : `${receivers.length} cells of its window are equally large; each gets the whole of it.`
          : `All ${shares.values.length} cells of its window made it alike, so each gets an equal share, 1 ∕ ${shares.values.length}.`}
      </p>
      {isMax && (
        <Choice
          label="Of equal maxima"
          labelled
          names={{ first: "the first gets it", all: "each gets it" }}
          words={TIES}
          value={settings.ties}
          onChange={(ties) => change({ ties, walked: null })}
        />
      )}
      <div class="arithmetic">
        <NumberGrid
          title="window of z"
          values={window.values}
          columns={size}
          colours={signed([channelOf(answer.features, question.filter)], paper)}
          marked={isMax ? receivers : []}
        />
        <span class="operator">⇒</span>
        <NumberGrid
          title={isMax ? "mask" : "shares"}
          values={shares.values}
          columns={size}
          colours={blueRed(1, paper)}
        />
        <p class="sum">
          <span class="operator">×</span> da{place(cell)}
          <b> = {exact(gradient)}</b>
        </p>
      </div>
    </section>
  );
}

function ConvolutionPanel(shown: BackwardShown) {
  const { backward, change } = shown;
  const { total, done, last } = backward;
  return (
    <section class="step" aria-labelledby="convolution-back">
      <h2 id="convolution-back">2. Back through the convolution</h2>
      <Scrubber
        label="Gradients passed on:"
        least={0}
        most={total}
        value={done}
        onChange={(walked) => change({ walked: walked === total ? null : walked })}
      />
      {last ? (
        <Sharing {...shown} last={last} />
      ) : (
        <p class="story" aria-live="polite">
          {total === 0
            ? "No cell of the feature map has a gradient, so there is nothing to pass on."
            : `${count(total, "cell")} of the feature map ${total === 1 ? "has" : "have"} a gradient to pass on. Move the slider, or play.`}
        </p>
      )}
    </section>
  );
}

function Sharing(shown: BackwardShown & { readonly last: BackwardStep }) {
  const { backward, last, paper } = shown;
  const { cell, gradient, window, weights, toInput, toWeights } = last;
  const channel = shownChannel(shown);
  const [size = 1] = weights.shape;
  const gradientGrid = (
    <p class="sum">
      dz{place(cell)}
      <b data-gradient={gradient}> = {exact(gradient)}</b>
    </p>
  );
  return (
    <>
      <p class="story" aria-live="polite">
        z{place(cell)} was a sum of products x · w. In each product, the pixel counts as much as its weight is large,
        and the weight as much as its pixel: so dz{place(cell)} <b>times each weight</b> goes to the pixels under the
        window, and dz{place(cell)} <b>times each pixel</b> goes to the weights. Where windows overlap, what they give
        adds up; the bias collects dz itself, so far {exact(backward.dBias.values[shown.question.filter] ?? Number.NaN)}
        .
      </p>
      <ChannelChoice {...shown} />
      <div class="arithmetic">
        {gradientGrid}
        <span class="operator">×</span>
        <NumberGrid
          title="filter w"
          values={valuesOf(weights, channel)}
          columns={size}
          colours={blueRed(magnitude(weights), paper)}
        />
        <span class="operator">=</span>
        <NumberGrid
          title="added to padded dx"
          values={valuesOf(toInput, channel)}
          columns={size}
          colours={blueRed(magnitude(toInput), paper)}
        />
      </div>
      <div class="arithmetic">
        {gradientGrid}
        <span class="operator">×</span>
        <NumberGrid
          title="padded x under the window"
          values={valuesOf(window, channel)}
          columns={size}
          colours={grey(paper)}
        />
        <span class="operator">=</span>
        <NumberGrid
          title="added to dw"
          values={valuesOf(toWeights, channel)}
          columns={size}
          colours={blueRed(magnitude(toWeights), paper)}
        />
      </div>
    </>
  );
}
