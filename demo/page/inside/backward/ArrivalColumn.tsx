import { blueRed, type ColourMap } from "../../../colours.js";
import { Legend } from "../../look/Legend.js";
import { textOn } from "../../look/NumberTable.js";
import { fixed } from "../../look/words.js";
import type { StepAnswers } from "../../network/steps.js";
import { nearestCell } from "../../network/windows.js";
import { stationName, symbolOf } from "../names.js";
import { Derivative, Equation } from "../parts/maths.js";
import { PlaceMap } from "../parts/PlaceMap.js";
import { blockPlace } from "../place.js";
import { type BackwardSizes, scaleFor } from "../sizes.js";
import { gradientsOf, limitOf } from "../values.js";
import type { BackwardProps } from "./Backward.js";
import { Column, G, PassesOn } from "./Column.js";
import { type PointedRow, rowOf } from "./rows.js";
import { arrivalOf, type Trace } from "./trace.js";
import { addsUp, type Unit } from "./units.js";

export interface ColumnOf extends BackwardProps {
  readonly trace: Trace;
  readonly sizes: BackwardSizes;
  readonly unit: Unit;
  /** Of the gradients that g goes through: the same in every map, so that a colour is the same number. */
  readonly colours: ColourMap;
  /** The class that is pointed at. */
  readonly row: PointedRow;
}

/** What comes back to the followed number: through the dense layer, or through the convolution above. */
export function ArrivalColumn(
  props: ColumnOf & { readonly arrival: StepAnswers["chainStep"] | undefined; readonly g: number },
) {
  const { moment, at, place, trace, sizes, paper, change, classes, arrival, g, unit, colours, row } = props;
  const { last } = at;
  const above = blockPlace(moment.architecture, moment.stations, at.number + 1);
  const maps = gradientsOf(moment, last);
  const kernel = above ? moment.weights[at.number]?.kernel : moment.weights.at(-1)?.kernel;
  const weightColours = blueRed(kernel ? limitOf(kernel) : 1, paper);
  const inputs = arrivalOf(moment, at, trace);
  const made = above ? symbolOf(moment, above.convolution) : { letter: "s", index: "" };
  const sums = Array.from(arrival?.sums ?? []);
  const total = unit.format(arrival?.total ?? g);
  const rounded = arrival && !addsUp(sums.map(unit.format), total);
  return (
    <Column
      class="of-arrival"
      chosen={place.station.kind === "dense"}
      number={2}
      name={above ? stationName(moment, above.convolution) : "Dense"}
      note={
        <select
          aria-label="Map"
          value={trace.map}
          onChange={({ currentTarget }) =>
            change({ station: last.name, cell: trace.cell, map: Number(currentTarget.value) })
          }
        >
          {maps.map((_, n) => (
            <option key={n} value={n}>
              {n + 1} of {last.maps}
            </option>
          ))}
        </select>
      }
      arrives={
        above
          ? `a gradient for each number of ${stationName(moment, above.convolution)}'s maps.`
          : `a gradient for each of the ${sums.length} scores.`
      }
      does={
        above
          ? arrival
            ? "Every window that has read this number hands its gradient back, times the weight that read it."
            : "No window has read this number, so it changes nothing."
          : "This number went into every score, times a weight. So each score's gradient comes back times that weight."
      }
      rule={
        <Equation display>
          <Derivative by={symbolOf(moment, last)} />
          <mo>=</mo>
          <mo>∑</mo>
          <mi>w</mi>
          <mo>·</mo>
          <Derivative by={made} />
        </Equation>
      }
    >
      <div class="picture">
        <PlaceMap
          name={`Gradient of ${stationName(moment, last)}, map ${trace.map + 1} of ${last.maps}`}
          channels={maps.slice(trace.map, trace.map + 1)}
          colours={colours}
          scale={scaleFor(last.width, sizes.map, 28)}
          frames={[{ ...trace.cell, rows: 1, columns: 1, anchor: "g-last" }]}
          onPick={(cell) => change({ station: last.name, map: trace.map, cell: nearestCell(cell, last) })}
        />
        <Legend colours={colours} format={unit.format} />
      </div>
      <div class="numbers-of">
        <table class="list" aria-label="What adds up to this gradient">
          <thead>
            <tr>
              <th scope="col" class={above ? undefined : "repeated"}>
                {above ? "filter" : "class"}
              </th>
              {!above && (
                <th scope="col">
                  <i>w</i>
                </th>
              )}
              <th scope="col">{above ? "its windows add" : "w · (ŷ − y)"}</th>
            </tr>
          </thead>
          <tbody>
            {sums.map((sum, n) => (
              <tr key={n} {...(above ? {} : rowOf(row, n))}>
                <th scope="row" class={above ? undefined : "repeated"}>
                  {above ? n + 1 : (classes[n] ?? n)}
                </th>
                {!above && (
                  <Coloured
                    value={inputs?.weights.values[n] ?? Number.NaN}
                    colours={weightColours}
                    format={(w) => fixed(w, 3)}
                  />
                )}
                <Coloured value={sum} colours={colours} format={unit.format} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="sum">
        <span data-anchor="arrival-sum">
          {arrival ? "their sum" : "no window:"} <b data-result="g">{total}</b> = <G />
        </span>
        {rounded && <span class="small">each is rounded</span>}
        <PassesOn>
          <G />, the gradient of this one number: how much the loss changes if it grows.
        </PassesOn>
      </div>
    </Column>
  );
}

interface ColouredProps {
  readonly value: number;
  readonly colours: ColourMap;
  readonly format: (value: number) => string;
}

function Coloured({ value, colours, format }: ColouredProps) {
  const rgb = colours.rgb(value);
  return (
    <td class="coloured" style={{ background: `rgb(${rgb.join(" ")})`, color: textOn(rgb) }}>
      {format(value)}
    </td>
  );
}
