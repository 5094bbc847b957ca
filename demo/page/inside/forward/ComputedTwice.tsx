import type { StepAnswers } from "../../network/steps.js";
import type { Cell } from "../../settings/settings.js";
import { agreement } from "../parts/agreement.js";
import type { BlockPlace } from "../place.js";
import type { Moment } from "../useMoment.js";
import { mapsOf, valueAt } from "../values.js";

interface ComputedTwiceProps {
  readonly moment: Moment;
  readonly at: BlockPlace;
  readonly answer: StepAnswers["convStep"];
  readonly map: number;
  readonly cell: Cell;
}

/** The calls that computed what is shown, and whether they agree. */
export function ComputedTwice({ moment, at, answer, map, cell }: ComputedTwiceProps) {
  const { block, margins, convolution } = at;
  const inNetwork = valueAt(mapsOf(moment, convolution)[map], cell);
  const cells = convolution.height * convolution.width * convolution.maps;
  return (
    <section class="calls" aria-label="The calls that computed this">
      <h2>Computed twice</h2>
      <p class="small">
        This number, by
        {margins.pad > 0 && <code>zeroPad(x, {margins.pad})</code>}
        <code>convSingleStep(window, w, b)</code>
        All {cells.toLocaleString("en")} numbers at once, by
        {answer.whole.by === "convForward" ? (
          <code>
            convForward(x, w, b, {"{"} stride: {block.stride}, pad: {margins.pad} {"}"})
          </code>
        ) : (
          <code>
            conv2d(x, w, {"{"} strides: {block.stride}, padding: "{block.padding}" {"}"})
          </code>
        )}
      </p>
      <p class="small" data-agreement={agreement(answer.z, answer.whole.z)}>
        {agreement(answer.z, answer.whole.z)}
        {!Object.is(answer.whole.z, inNetwork) && ` The network itself has ${agreement(answer.whole.z, inNetwork)}`}
      </p>
    </section>
  );
}
