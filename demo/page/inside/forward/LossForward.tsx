import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { fixed, short } from "../../look/words.js";
import { AskLabel } from "../backward/AskLabel.js";
import { agreement } from "../parts/agreement.js";
import { Equation, Of, Sum } from "../parts/maths.js";
import { useAnswer } from "../useAnswer.js";
import type { TakenMoment } from "../useMoment.js";
import type { AtPlace } from "./MapsForward.js";

function Shifted() {
  return (
    <>
      <mi>s</mi>
      <mo>−</mo>
      <mi>max</mi>
      <mspace width="0.2em" />
      <mi>s</mi>
    </>
  );
}

/** A formula within a line. */
function Formula({ children }: { readonly children: ComponentChildren }) {
  return (
    <math>
      <mrow>{children}</mrow>
    </math>
  );
}

/** From scores to shares, and from the right class's share to the loss. */
export function LossForward(props: AtPlace & { readonly taken: TakenMoment }) {
  const { moment, classes, network, notes } = props;
  const { pass } = moment;
  const scores = pass.values["scores"];
  const answered = useAnswer(
    network.client,
    "softmaxSteps",
    useMemo(() => scores && { scores }, [scores]),
  );
  if (!scores || !answered) return <p class="waits">One moment …</p>;
  const { shifted, exponentials, sum, shares } = answered.answer;
  const { label } = pass.example;
  const right = label === undefined ? Number.NaN : (shares[label] ?? Number.NaN);
  const equal = shares.every((share, n) => Object.is(share, pass.probabilities[n]));
  const differs = shares.findIndex((share, n) => !Object.is(share, pass.probabilities[n]));
  return (
    <div data-shown="loss">
      <div class="loss-forward">
        <section aria-label="From scores to shares">
          <table class="list shares">
            <thead>
              <tr>
                <th scope="col">class</th>
                <th scope="col">
                  score{" "}
                  <Formula>
                    <mi>s</mi>
                  </Formula>
                </th>
                <th scope="col">
                  <Formula>
                    <Shifted />
                  </Formula>
                </th>
                <th scope="col">
                  <Formula>
                    <msup>
                      <mi>e</mi>
                      <mrow>
                        <Shifted />
                      </mrow>
                    </msup>
                  </Formula>
                </th>
                <th scope="col">
                  share{" "}
                  <Formula>
                    <mi>ŷ</mi>
                  </Formula>
                </th>
                <th scope="col" aria-label="The share as a bar" class="wide-cell" />
              </tr>
            </thead>
            <tbody>
              {Array.from(shares, (share, n) => (
                <tr key={n} class={n === label ? "own" : undefined}>
                  <th scope="row">{classes[n] ?? n}</th>
                  <td>{short(scores.values[n] ?? Number.NaN)}</td>
                  <td>{short(shifted[n] ?? Number.NaN)}</td>
                  <td>{fixed(exponentials[n] ?? Number.NaN, 3)}</td>
                  <td data-share={n}>{fixed(share, 3)}</td>
                  <td class="wide-cell">
                    <span class="share" style={{ width: `${100 * share}%` }} />
                  </td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row" colSpan={3}>
                  their sum
                </th>
                <td>{fixed(sum, 3)}</td>
                <td>1</td>
                <td class="wide-cell" />
              </tr>
            </tfoot>
          </table>
          <p class="small about">
            First the largest score is taken off each: the shares stay the same, and no power grows too large. Then e,
            which is 2.718 …, is raised to what is left. The share of a class is its power, divided by the sum of all.
            All numbers are rounded.
          </p>
        </section>
        <section aria-label="The loss">
          <Equation display>
            <mi>ŷ</mi>
            <Of>
              <mi>k</mi>
            </Of>
            <mo>=</mo>
            <mfrac>
              <msup>
                <mi>e</mi>
                <mrow>
                  <mi>s</mi>
                  <Of>
                    <mi>k</mi>
                  </Of>
                </mrow>
              </msup>
              <mrow>
                <Sum over="j" to={shares.length - 1} />
                <msup>
                  <mi>e</mi>
                  <mrow>
                    <mi>s</mi>
                    <Of>
                      <mi>j</mi>
                    </Of>
                  </mrow>
                </msup>
              </mrow>
            </mfrac>
          </Equation>
          {label === undefined ? (
            <p class="large">This drawing has no known class yet, so it has no loss.</p>
          ) : (
            <>
              <Equation>
                <mi>L</mi>
                <mo>=</mo>
                <mo>−</mo>
                <mi>ln</mi>
                <mspace width="0.2em" />
                <mi>ŷ</mi>
                <Of>
                  <mtext>{classes[label] ?? label}</mtext>
                </Of>
              </Equation>
              <Equation>
                <mo>=</mo>
                <mo>−</mo>
                <mi>ln</mi>
                <mspace width="0.2em" />
                <mn>{fixed(right, 3)}</mn>
                <mo>=</mo>
                <mn class="result">{fixed(pass.loss ?? Number.NaN, 3)}</mn>
              </Equation>
              <p class="large">
                <b>
                  The loss is <span data-result="loss">{fixed(pass.loss ?? Number.NaN, 3)}</span>.
                </b>{" "}
                Pure guessing among {shares.length} classes has a loss of {fixed(Math.log(shares.length), 2)}.
              </p>
            </>
          )}
          <div class="calls">
            <p class="small">
              The steps, and the library's <code>softmax(scores)</code>
              {equal
                ? "The network's own shares are the same, to the last bit."
                : agreement(shares[differs] ?? Number.NaN, pass.probabilities[differs] ?? Number.NaN)}
            </p>
          </div>
        </section>
      </div>
      {label === undefined ? <AskLabel {...props} /> : <div class="notes alone">{notes}</div>}
    </div>
  );
}
