import { blueRed, ink } from "../../../colours.js";
import { largest } from "../../../images.js";
import { exact, short } from "../../look/words.js";
import { nearestCell, pooledCell } from "../../network/windows.js";
import { ACTIVATION_NAMES, stationName, symbolOf } from "../names.js";
import { CellTable } from "../parts/CellTable.js";
import { Derivative, Equation, Name, Num, Of } from "../parts/maths.js";
import { PlaceMap } from "../parts/PlaceMap.js";
import { scaleFor } from "../sizes.js";
import type { Answered } from "../useAnswer.js";
import { coloursOf, gradientsOf } from "../values.js";
import type { ColumnOf } from "./ArrivalColumn.js";
import { Column } from "./Column.js";

/** The activation lets the gradient through as far as it is steep there. */
export function GateColumn(props: ColumnOf & { readonly step: Answered<"gateStep"> }) {
  const { moment, at, trace, sizes, paper, change, step, dim, unit } = props;
  const { convolution, activation, pool, last } = at;
  const { activation: name } = moment.architecture;
  const maps = gradientsOf(moment, convolution);
  const colours = blueRed(largest(maps), paper);
  const { question, answer } = step;
  const one = { columns: 1, width: 44 };
  return (
    <Column
      class="of-gate"
      number={pool ? 4 : 3}
      name={ACTIVATION_NAMES[name]}
      note={`±${exact(colours.limit)}`}
      dim={dim}
      rule={
        <Equation display>
          <Derivative by={symbolOf(moment, convolution)} />
          <mo>=</mo>
          {name === "relu" ? (
            <>
              <mtext>[</mtext>
              <Name of={symbolOf(moment, convolution)} />
              <mo>{">"}</mo>
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
          format={name === "relu" ? String : short}
        />
        <CellTable
          {...one}
          label="The gradient before the activation"
          foot={answer.slope === 1 ? "g goes on unchanged" : answer.slope === 0 ? "nothing goes on" : "goes on"}
          values={[answer.dz]}
          format={unit.format}
          colours={colours}
          anchor="gate-back"
        />
      </div>
      <div class="sum">
        <Equation>
          <Num value={answer.slope} />
          <mo>·</mo>
          <Num value={question.gradient} format={unit.format} guarded />
          <mo>=</mo>
          <Num value={answer.dz} format={unit.format} bold />
        </Equation>
      </div>
    </Column>
  );
}
