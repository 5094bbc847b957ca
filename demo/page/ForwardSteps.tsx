import { blueRed } from "../colours.js";
import { CHANNELS, ChannelChoice } from "./ChannelChoice.js";
import { magnitude } from "./maps.js";
import { NumberGrid } from "./NumberGrid.js";
import { Scrubber } from "./Scrubber.js";
import type { Cell } from "./settings.js";
import { channelOf, grey, type Shown, shownChannel, signed, valuesOf } from "./shown.js";
import { count, exact, place, short } from "./words.js";

/** One window of the convolution and one of the pooling, number by number. */
export function ForwardSteps(shown: Shown) {
  return (
    <div class={shown.settings.size > 4 ? "steps wide" : "steps"}>
      <ConvolutionPanel {...shown} />
      <PoolingPanel {...shown} />
    </div>
  );
}

function ConvolutionPanel(shown: Shown) {
  const { answer, question, change, paper } = shown;
  const { cell, window, weights, products, bias, sum } = answer.convolution;
  const [size = 1, , channels = 1] = weights.shape;
  const channel = shownChannel(shown);
  const sums = Array.from({ length: channels }, (_, c) =>
    valuesOf(products, c).reduce((total, value) => total + value, 0),
  );
  const productColours = blueRed(magnitude(products), paper);
  return (
    <section class="step" aria-labelledby="convolution-step">
      <h2 id="convolution-step">One step of the convolution</h2>
      <Sliding map={answer.features.shape} cell={cell} onChange={(cell) => change({ cell })} />
      <p class="story" aria-live="polite">
        The filter lies on {count(size * size * channels, "number")} of the padded picture. Each is multiplied by the
        weight above it; the products{bias === 0 ? "" : ", and the bias,"} add up to one cell of the feature map, z
        {place(cell)} = <b>{exact(sum)}</b>.
      </p>
      <ChannelChoice {...shown} />
      <div class="arithmetic">
        <NumberGrid
          title="padded x under the window"
          values={valuesOf(window, channel)}
          columns={size}
          colours={grey(paper)}
        />
        <span class="operator">×</span>
        <NumberGrid
          title="filter w"
          values={valuesOf(weights, channel)}
          columns={size}
          colours={blueRed(magnitude(weights), paper)}
        />
        <span class="operator">=</span>
        <NumberGrid title="products" values={valuesOf(products, channel)} columns={size} colours={productColours} />
        <span class="operator">→</span>
        <p class="sum">
          {channels === 1 ? "their sum" : sums.map((value, c) => `${CHANNELS[c]} ${short(value)}`).join(" + ")}
          {bias === 0 ? "" : ` + b ${short(bias)}`}
          <b data-sum={sum}> = {exact(sum)}</b>{" "}
        </p>
      </div>
      <p class="hint">
        Computed twice: by <code>convSingleStep</code> on this window, and for the whole map at once by{" "}
        <code>conv2d</code>, {count(answer.features.values.length / (answer.features.shape[3] ?? 1), "window")} for each
        of {question.w.shape[3]} filters.
      </p>
    </section>
  );
}

function PoolingPanel({ answer, question, change, paper }: Shown) {
  const { cell, window, shares, value } = answer.pooling;
  const [size = 1] = window.shape;
  const isMax = question.settings.pooling === "max";
  const winners = Array.from(window.values.keys()).filter((i) => isMax && window.values[i] === value);
  return (
    <section class="step" aria-labelledby="pooling-step">
      <h2 id="pooling-step">One step of the pooling</h2>
      <Sliding map={answer.pooled.shape} cell={cell} onChange={(pooled) => change({ pooled })} />
      <p class="story" aria-live="polite">
        {isMax
          ? `The largest of ${count(shares.values.length, "number")} of the feature map goes on; where it was is what backward needs to know. `
          : `The mean of ${count(shares.values.length, "number")} of the feature map goes on. `}
        a{place(cell)} = <b>{exact(value)}</b>.
      </p>
      <div class="arithmetic">
        <NumberGrid
          title="window of z"
          values={window.values}
          columns={size}
          colours={signed([channelOf(answer.features, question.filter)], paper)}
          marked={winners}
        />
        <span class="operator">→</span>
        <p class="sum">
          {isMax ? "maximum" : "mean"}
          <b data-value={value}> = {exact(value)}</b>
        </p>
      </div>
    </section>
  );
}

interface SlidingProps {
  /** The shape of the map whose windows are walked. */
  readonly map: readonly number[];
  readonly cell: Cell;
  readonly onChange: (cell: Cell) => void;
}

/** A scrubber over all windows, row by row. */
export function Sliding({ map, cell, onChange }: SlidingProps) {
  const [, height = 1, width = 1] = map;
  return (
    <Scrubber
      label="Window"
      least={1}
      most={height * width}
      value={cell.row * width + cell.column + 1}
      onChange={(value) => onChange({ row: Math.floor((value - 1) / width), column: (value - 1) % width })}
    />
  );
}
