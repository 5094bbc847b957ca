import { blueRed, ink } from "../../../colours.js";
import { largest } from "../../../images.js";
import { exact } from "../../look/words.js";
import { nearestCell } from "../../network/windows.js";
import { stationName, symbolOf } from "../names.js";
import { CellTable } from "../parts/CellTable.js";
import { Derivative, Equation, Num } from "../parts/maths.js";
import { PlaceMap } from "../parts/PlaceMap.js";
import { scaleFor } from "../sizes.js";
import type { Answered } from "../useAnswer.js";
import { coloursOf, gradientsOf, valueAt } from "../values.js";
import type { ColumnOf } from "./ArrivalColumn.js";
import { Column } from "./Column.js";
import { tieWords } from "./ties.js";

interface PoolColumnProps extends ColumnOf {
  readonly step: Answered<"poolStep"> | undefined;
  readonly g: number;
}

/** The pool hands the gradient to the largest number, or to all four in equal shares. */
export function PoolColumn({ moment, at, trace, sizes, paper, change, step, g, dim, unit }: PoolColumnProps) {
  const { activation, pool, last } = at;
  if (!step || !pool) return <section class="column of-pool" aria-label="3 Pool" />;
  const max = at.block.pool === "max";
  const maps = gradientsOf(moment, activation);
  const colours = blueRed(largest(maps), paper);
  const [corner] = trace.four;
  const { answer } = step;
  const back = trace.four.map((cell) => valueAt(maps[trace.map], cell));
  const winners = [...answer.mask.keys()].filter((i) => answer.mask[i] === 1);
  const shape = { columns: 2, width: 38 };
  return (
    <Column
      class="of-pool"
      number={3}
      name={max ? "Max pool" : "Average pool"}
      note={`±${exact(colours.limit)}`}
      dim={dim}
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
          ]}
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
          {...shape}
          label="Forward values in the window"
          foot="forward values"
          values={answer.window}
          colours={coloursOf(moment, activation, paper)}
          anchor="pool-window"
          marked={winners}
        />
        <CellTable
          {...shape}
          label={max ? "The mask" : "The shares"}
          foot={max ? "mask: who was largest" : "g in equal shares"}
          values={max ? answer.mask : answer.shares}
          colours={max ? ink(1.6, paper) : colours}
          format={max ? String : unit.format}
        />
        <CellTable
          {...shape}
          label="The gradient of the four numbers"
          foot={
            max ? (
              <>
                mask · <i class="symbol">g</i>
              </>
            ) : (
              "so they get"
            )
          }
          values={back}
          format={unit.format}
          colours={colours}
          anchor="pool-back"
        />
        {max && winners.length > 1 && <p class="small tie">{tieWords(winners.length, answer.value)}</p>}
      </div>
      <div class="sum">
        <Equation>
          {max ? <mn>1</mn> : <mn>¼</mn>}
          <mo>·</mo>
          <Num value={g} format={unit.format} guarded />
          <mo>=</mo>
          <Num value={back[trace.chosen] ?? Number.NaN} format={unit.format} bold />
        </Equation>
        <p class="small">
          <code>{max ? "createMaskFromWindow(x)" : "distributeValue(g, [2, 2])"}</code>
        </p>
      </div>
    </Column>
  );
}
