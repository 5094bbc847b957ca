import { useMemo } from "preact/hooks";
import { blueRed } from "../../../colours.js";
import { channelsOf, type HostTensor, largest } from "../../../images.js";
import { Legend } from "../../look/Legend.js";
import { MapCanvas } from "../../look/MapCanvas.js";
import { short } from "../../look/words.js";
import { symbolOf } from "../names.js";
import { agreement } from "../parts/agreement.js";
import { Equation, Name, Num, Of } from "../parts/maths.js";
import { StepBar } from "../parts/StepBar.js";
import { useSteps } from "../parts/useSteps.js";
import { useAnswer } from "../useAnswer.js";
import { coloursOf, limitOf } from "../values.js";
import type { AtPlace } from "./MapsForward.js";

/** All numbers that are left, times their weights for one class. */
export function DenseForward({ moment, at, place, paper, change, classes, network, notes }: AtPlace) {
  const { last } = at;
  const { map } = place;
  const dense = moment.weights.at(-1);
  const maps = moment.pass.values[last.name];
  const answered = useAnswer(
    network.client,
    "denseStep",
    useMemo(() => dense && maps && { maps, kernel: dense.kernel, bias: dense.bias, map }, [dense, maps, map]),
  );
  const count = moment.architecture.classes;
  const go = (map: number) => change({ map });
  const [playing, play] = useSteps({ index: map, count, columns: 1, ready: answered?.question.map === map, go });
  if (!answered || !dense || !maps) return <p class="waits">One moment …</p>;
  const { answer, question } = answered;
  const scores = moment.pass.values["scores"]?.values ?? new Float32Array();
  const inNetwork = scores[question.map] ?? Number.NaN;
  const weights = channelsOf(columnOf(dense.kernel, maps, question.map), 0);
  const products = channelsOf({ shape: [1, ...answer.products.shape], values: answer.products.values }, 0);
  const [mapColours, weightColours] = [coloursOf(moment, last, paper), blueRed(limitOf(dense.kernel), paper)];
  const productColours = blueRed(weightColours.limit * mapColours.limit, paper);
  const n = maps.values.length;
  const size = scaleOf(last.width);
  return (
    <div data-shown={`scores ${question.map}`}>
      <div class="dense-forward">
        <section class="votes" aria-label="Numbers times weights">
          <table class="dense-table">
            <thead>
              <tr>
                <th scope="col">map</th>
                <th scope="col">numbers</th>
                <th scope="col">× weights for {classes[question.map]}</th>
                <th scope="col">= products</th>
                <th scope="col">their sum</th>
              </tr>
            </thead>
            <tbody>
              {products.map((product, k) => (
                <tr key={k}>
                  <th scope="row">{k + 1}</th>
                  <td>
                    <span style={size}>
                      <MapCanvas channels={channelsOf(maps, 0).slice(k, k + 1)} colours={mapColours} />
                    </span>
                  </td>
                  <td>
                    <span style={size}>
                      <MapCanvas channels={weights.slice(k, k + 1)} colours={weightColours} />
                    </span>
                  </td>
                  <td>
                    <span style={size}>
                      <MapCanvas channels={[product]} colours={productColours} />
                    </span>
                  </td>
                  <td class="number">{short(answer.sums[k] ?? Number.NaN)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row" colSpan={4}>
                  bias
                </th>
                <td class="number">{short(answer.bias)}</td>
              </tr>
              <tr class="total">
                <th scope="row" colSpan={4}>
                  score of {classes[question.map]}
                </th>
                <td class="number" data-result="score">
                  {short(answer.score)}
                </td>
              </tr>
            </tfoot>
          </table>
          <p class="small legends">
            <span>
              numbers <Legend colours={mapColours} />
            </span>
            <span>
              weights <Legend colours={weightColours} />
            </span>
            <span>
              products <Legend colours={productColours} />
            </span>
          </p>
          <p class="small">All numbers are rounded, so a sum may differ from them in its last digits.</p>
        </section>
        <section class="scores" aria-label="All scores">
          <h2>All scores</h2>
          <ScoreList scores={scores} classes={classes} chosen={question.map} choose={go} />
          <div>
            <Equation>
              <Name of={{ letter: "s", index: "" }} />
              <mo>=</mo>
              <mi>b</mi>
              <mo>+</mo>
              <mo>∑</mo>
              <mi>w</mi>
              <Of>
                <mi>n</mi>
              </Of>
              <mo>·</mo>
              <Name of={symbolOf(moment, last)} />
              <Of>
                <mi>n</mi>
              </Of>
            </Equation>
            <Equation>
              <mo>=</mo>
              <Num value={answer.bias} />
              <mo>+</mo>
              <munder>
                <mo>⋯</mo>
                <mtext class="under">{n} products</mtext>
              </munder>
              <mo>=</mo>
              <Num value={answer.score} bold />
            </Equation>
          </div>
          <div class="calls">
            <p class="small">
              This score alone, and all at once, by
              <code>matmul(inputs, weights, {"{ bias }"})</code>
              {agreement(answer.score, inNetwork)}
            </p>
          </div>
        </section>
      </div>
      <StepBar playing={playing} play={play} index={map} count={count} thing="Class" place={classes[map] ?? ""} go={go}>
        {notes}
      </StepBar>
    </div>
  );
}

/** Pixels for a small map. */
const scaleOf = (width: number) => ({ width: `${width * Math.max(1, Math.floor(40 / width))}px` });

/** The weights of one class, as maps. @param kernel [inputs, classes] */
function columnOf({ shape, values }: HostTensor, maps: HostTensor, n: number): HostTensor {
  const classes = shape[1] ?? 1;
  return { shape: maps.shape, values: maps.values.map((_, i) => values[i * classes + n] ?? 0) };
}

interface ScoreListProps {
  readonly scores: Float32Array;
  readonly classes: readonly string[];
  readonly chosen: number;
  choose(n: number): void;
}

function ScoreList({ scores, classes, chosen, choose }: ScoreListProps) {
  const limit = largest([{ height: 1, width: scores.length, at: (_, n) => scores[n] ?? 0 }]);
  return (
    <div class="score-list">
      {Array.from(scores, (score, n) => (
        <button key={n} type="button" aria-pressed={n === chosen} onClick={() => choose(n)}>
          <span>{classes[n]}</span>
          <span class="bar" aria-hidden="true">
            <i
              class={score < 0 ? "less" : undefined}
              style={{ width: `${(50 * Math.abs(score)) / limit}%`, [score < 0 ? "right" : "left"]: "50%" }}
            />
          </span>
          <span>{short(score)}</span>
        </button>
      ))}
    </div>
  );
}
