import { useState } from "preact/hooks";
import { ink } from "../../../colours.js";
import { nearestCell } from "../../network/windows.js";
import { stationName, symbolOf } from "../names.js";
import { CellTable } from "../parts/CellTable.js";
import { Derivative, Equation, Num } from "../parts/maths.js";
import { PlaceMap } from "../parts/PlaceMap.js";
import { sameCell } from "../parts/useSteps.js";
import { scaleFor } from "../sizes.js";
import type { Answered } from "../useAnswer.js";
import { coloursOf, gradientsOf } from "../values.js";
import type { ColumnOf } from "./ArrivalColumn.js";
import { Column, G, PassesOn } from "./Column.js";
import { tieWords } from "./ties.js";

interface PoolColumnProps extends ColumnOf {
  readonly step: Answered<"poolStep"> | undefined;
  readonly g: number;
}

/** The pool hands the gradient to the largest number, or to all four in equal shares. */
export function PoolColumn({
  moment,
  at,
  place,
  trace,
  sizes,
  paper,
  change,
  step,
  g,
  unit,
  colours,
}: PoolColumnProps) {
  const { activation, pool, last } = at;
  const [pointed, point] = useState<number>();
  if (!step || !pool) return <section class="column of-pool" aria-label="3 Pool" />;
  const max = at.block.pool === "max";
  const maps = gradientsOf(moment, activation);
  const [corner] = trace.four;
  const { answer } = step;
  const winners = [...answer.mask.keys()].filter((i) => answer.mask[i] === 1);
  const tie = max && winners.length > 1;
  const tables = { columns: 2, width: 38, pointed, onPoint: point };
  const over = pointed === undefined ? undefined : trace.four[pointed];
  return (
    <Column
      class="of-pool"
      chosen={place.station.kind === "pool"}
      number={3}
      name={max ? "Max pool" : "Average pool"}
      arrives={
        <>
          <G />, the gradient of the number that the pool made.
        </>
      }
      does={
        max
          ? tie
            ? tieWords(winners.length, answer.value)
            : "That number was the largest of these four. The other three changed nothing."
          : "That number was the mean of these four. Each of them made a quarter of it."
      }
      rule={
        <Equation display>
          <Derivative by={symbolOf(moment, activation)} />
          <mo>=</mo>
          {max ? <mtext>mask</mtext> : <mn>¼</mn>}
          <mo>·</mo>
          <Derivative by={symbolOf(moment, pool)} />
        </Equation>
      }
    >
      <div class="picture">
        <PlaceMap
          name={`Gradient of ${stationName(moment, activation)}, map ${trace.map + 1}`}
          channels={maps.slice(trace.map, trace.map + 1)}
          colours={colours}
          scale={scaleFor(activation.width, sizes.map)}
          frames={[
            ...(corner ? [{ ...corner, rows: 2, columns: 2, anchor: "g-pool" }] : []),
            { ...trace.z, rows: 1, columns: 1, anchor: "g-winner", thin: true },
            ...(over ? [{ ...over, rows: 1, columns: 1, thin: true }] : []),
          ]}
          onPoint={(cell) => {
            const found = trace.four.findIndex((one) => cell && sameCell(one, cell));
            point(found < 0 ? undefined : found);
          }}
          onPick={({ row, column }) =>
            change({
              station: last.name,
              map: trace.map,
              cell: nearestCell({ row: Math.floor(row / 2), column: Math.floor(column / 2) }, last),
            })
          }
        />
      </div>
      <div class="numbers-of">
        <CellTable
          {...tables}
          label="Forward values in the window"
          foot="forward values"
          values={answer.window}
          colours={coloursOf(moment, activation, paper)}
          anchor="pool-window"
          marked={winners}
        />
        <CellTable
          {...tables}
          label={max ? "The mask" : "The shares"}
          foot={max ? "mask: who was largest" : "equal shares of g"}
          values={max ? answer.mask : answer.shares}
          colours={max ? ink(1.6, paper) : colours}
          format={max ? String : unit.format}
        />
        <CellTable
          {...tables}
          label="The gradient of the four numbers"
          foot={
            max ? (
              <>
                mask · <G />: what they get
              </>
            ) : (
              "what they get"
            )
          }
          values={answer.back}
          format={unit.format}
          colours={colours}
          anchor="pool-back"
        />
      </div>
      <div class="sum">
        <Equation>
          {max ? <mn>1</mn> : <mn>¼</mn>}
          <mo>·</mo>
          <Num value={g} format={unit.format} guarded />
          <mo>=</mo>
          <Num value={answer.back[trace.chosen] ?? Number.NaN} format={unit.format} bold />
        </Equation>
        <PassesOn>
          {max ? (
            <>
              all of <G /> to {tie ? "each of the largest" : "the largest"}, 0 to the others.
            </>
          ) : (
            <>
              a quarter of <G /> to each of the four.
            </>
          )}
        </PassesOn>
        <p class="small calls">
          <code>{max ? "createMaskFromWindow(x)" : "distributeValue(g, [2, 2])"}</code>
          <code>{`poolBackward(dA, cache, "${max ? "max" : "average"}")`}</code>
        </p>
      </div>
    </Column>
  );
}
