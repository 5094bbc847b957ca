import { ink } from "../../../colours.js";
import { fixed, short } from "../../look/words.js";
import { nearestCell, pooledCell } from "../../network/windows.js";
import type { Settings } from "../../settings/settings.js";
import { ACTIVATION_NAMES, stationName, symbolOf } from "../names.js";
import { CellTable } from "../parts/CellTable.js";
import { Derivative, Equation, Name, Num, Of } from "../parts/maths.js";
import { PlaceMap } from "../parts/PlaceMap.js";
import { scaleFor } from "../sizes.js";
import type { Answered } from "../useAnswer.js";
import { coloursOf, gradientsOf } from "../values.js";
import type { ColumnOf } from "./ArrivalColumn.js";
import { Column, G, PassesOn } from "./Column.js";

/** What each activation has done to the number, by its slope there. */
const DOES: Readonly<Record<Settings["activation"], (slope: number) => string>> = {
  relu: (slope) =>
    slope > 0
      ? "z was above 0, and ReLU left it as it was."
      : "z was not above 0, and ReLU made it 0, whatever it was.",
  leakyRelu: (slope) =>
    slope === 1 ? "z was above 0, and Leaky ReLU left it as it was." : "z was below 0, and Leaky ReLU made it small.",
  tanh: (slope) => `Where z lies, tanh is ${short(slope)} steep: if z grows, its result grows by that much of it.`,
  sigmoid: (slope) =>
    `Where z lies, the sigmoid is ${short(slope)} steep: if z grows, its result grows by that much of it.`,
};

/** The activation lets the gradient through as far as it is steep there. */
export function GateColumn(props: ColumnOf & { readonly step: Answered<"gateStep"> }) {
  const { moment, at, place, trace, sizes, paper, change, step, unit, colours } = props;
  const { convolution, activation, pool, last } = at;
  const { activation: name } = moment.architecture;
  const maps = gradientsOf(moment, convolution);
  const { question, answer } = step;
  const of = ACTIVATION_NAMES[name];
  const one = { columns: 1, width: 44 };
  const slope = name === "relu" ? String : (value: number) => fixed(value, 3);
  return (
    <Column
      class="of-gate"
      chosen={place.station.kind === "activation"}
      number={pool ? 4 : 3}
      name={of}
      arrives={
        at.block.pool === "average" ? (
          <>
            a quarter of <G />.
          </>
        ) : (
          <>
            <G />, the gradient of what {of} made.
          </>
        )
      }
      does={DOES[name](answer.slope)}
      rule={
        <Equation display>
          <Derivative by={symbolOf(moment, convolution)} />
          <mo>=</mo>
          {name === "relu" ? (
            <>
              <mtext>[</mtext>
              <Name of={symbolOf(moment, convolution)} />
              <mo lspace="0.1em" rspace="0.1em">
                {">"}
              </mo>
              <mn>0</mn>
              <mtext>]</mtext>
            </>
          ) : (
            <>
              <mi>f′</mi>
              <Of>
                <Name of={symbolOf(moment, convolution)} />
              </Of>
            </>
          )}
          <mo>·</mo>
          <Derivative by={symbolOf(moment, activation)} />
        </Equation>
      }
    >
      <div class="picture">
        <PlaceMap
          name={`Gradient of ${stationName(moment, convolution)}, map ${trace.map + 1}`}
          channels={maps.slice(trace.map, trace.map + 1)}
          colours={colours}
          scale={scaleFor(convolution.width, sizes.map)}
          frames={[{ ...trace.z, rows: 1, columns: 1, anchor: "g-gate" }]}
          onPick={(cell) =>
            change({
              station: last.name,
              map: trace.map,
              cell: nearestCell((pool && pooledCell(cell, pool)) ?? cell, last),
            })
          }
        />
      </div>
      <div class="numbers-of">
        <CellTable
          {...one}
          label="Forward value z"
          foot="forward value z"
          values={[question.z]}
          colours={coloursOf(moment, convolution, paper)}
          anchor="gate-number"
        />
        <CellTable
          {...one}
          label="How steep the activation is there"
          foot={
            name === "relu"
              ? answer.slope > 0
                ? "z > 0: the gate is open"
                : "z ≤ 0: the gate is shut"
              : "the slope there"
          }
          values={[answer.slope]}
          colours={ink(1.6, paper)}
          format={slope}
        />
        <CellTable
          {...one}
          label="The gradient before the activation"
          foot="what goes on"
          values={[answer.dz]}
          format={unit.format}
          colours={colours}
          anchor="gate-back"
        />
      </div>
      <div class="sum">
        <Equation>
          <Num value={answer.slope} format={slope} />
          <mo>·</mo>
          <Num value={question.gradient} format={unit.format} guarded />
          <mo>=</mo>
          <Num value={answer.dz} format={unit.format} bold />
        </Equation>
        <PassesOn>
          {answer.slope === 1
            ? "what arrived, unchanged."
            : answer.slope === 0
              ? "0. The weights learn nothing from this number."
              : "what arrived, times the slope."}
        </PassesOn>
      </div>
    </Column>
  );
}
