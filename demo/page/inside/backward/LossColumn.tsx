import { blueRed } from "../../../colours.js";
import { textOn } from "../../look/NumberTable.js";
import { fixed, short } from "../../look/words.js";
import { Derivative, Equation } from "../parts/maths.js";
import type { BackwardProps } from "./Backward.js";
import { Column, PassesOn } from "./Column.js";
import { type PointedRow, rowOf } from "./rows.js";
import type { Unit } from "./units.js";

/** The loss of this picture, and its gradient with respect to the scores. */
export function LossColumn({
  moment,
  place,
  classes,
  paper,
  unit,
  row,
}: BackwardProps & { readonly unit: Unit; readonly row: PointedRow }) {
  const { pass } = moment;
  const { label = 0 } = pass.example;
  const scores = pass.values["scores"]?.values ?? new Float32Array();
  const gradients = pass.gradients["scores"]?.values ?? new Float32Array();
  const colours = blueRed(1, paper);
  const right = pass.probabilities[label] ?? Number.NaN;
  // As exact as the differences below. A probability has no more digits than seven.
  const decimals = Math.min(7, unit.word ? unit.decimals + 1 : unit.decimals);
  return (
    <Column
      class="of-loss"
      chosen={place.station.kind === "loss"}
      number={1}
      name="Loss"
      note={`${scores.length} scores`}
      arrives="nothing. The way back begins here."
      does="A score's gradient is the share ŷ of its class, less 1 if it is the right one. It tells how the loss changes if the score grows."
      rule={
        <Equation display>
          <Derivative by={{ letter: "s", index: "" }} />
          <mo>=</mo>
          <mi>ŷ</mi>
          <mo>−</mo>
          <mi>y</mi>
        </Equation>
      }
    >
      <div class="picture">
        <Bars values={gradients} classes={classes} />
        <p class="small">
          It is {classes[label] ?? label}: <i class="symbol">L</i> = −ln {fixed(right, Math.max(3, decimals))} ={" "}
          <b data-result="loss">{fixed(pass.loss ?? Number.NaN, Math.max(3, unit.decimals))}</b>
        </p>
      </div>
      <div class="numbers-of">
        <table class="list" aria-label="Scores and their gradients">
          <thead>
            <tr>
              <th scope="col">class</th>
              <th scope="col">score</th>
              <th scope="col">ŷ</th>
              <th scope="col">ŷ − y</th>
            </tr>
          </thead>
          <tbody>
            {Array.from(scores, (score, n) => {
              const gradient = gradients[n] ?? Number.NaN;
              const rgb = colours.rgb(gradient);
              return (
                <tr key={classes[n] ?? n} {...rowOf(row, n, n === label)}>
                  <th scope="row">{classes[n] ?? n}</th>
                  <td>{short(score)}</td>
                  <td>{fixed(pass.probabilities[n] ?? Number.NaN, decimals)}</td>
                  <td
                    class="coloured"
                    data-gradient={n}
                    style={{ background: `rgb(${rgb.join(" ")})`, color: textOn(rgb) }}
                  >
                    {unit.format(gradient)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <div class="sum">
        <Equation>
          <mn>{fixed(right, decimals)}</mn>
          <mo>−</mo>
          <mn>1</mn>
          <mo>=</mo>
          <mn class="result">{unit.format(gradients[label] ?? Number.NaN)}</mn>
          {unit.word && <mtext class="under">&nbsp;{unit.word}</mtext>}
        </Equation>
        <PassesOn>a gradient for each score. Red scores should be lower, blue ones higher.</PassesOn>
      </div>
    </Column>
  );
}

/** Up: this score should be lower. Down: it should be higher. */
function Bars({ values, classes }: { readonly values: Float32Array; readonly classes: readonly string[] }) {
  const short = classes.every((name) => name.length < 2);
  return (
    <div class="gradient-bars" aria-hidden="true">
      {Array.from(values, (value, n) => (
        <span key={classes[n] ?? n}>
          <i class={value > 0 ? "up" : "down"} style={{ height: `${Math.abs(value) * 40}px` }} />
          {short && <small>{classes[n]}</small>}
        </span>
      ))}
    </div>
  );
}
