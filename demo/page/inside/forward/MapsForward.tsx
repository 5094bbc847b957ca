import { useMemo } from "preact/hooks";
import { ink } from "../../../colours.js";
import { Legend } from "../../look/Legend.js";
import { short } from "../../look/words.js";
import { nearestCell, pooledFrom } from "../../network/windows.js";
import type { Cell } from "../../settings/settings.js";
import { ACTIVATION_NAMES, cellName, extent, stationName, symbolOf } from "../names.js";
import { agreement } from "../parts/agreement.js";
import { CellTable } from "../parts/CellTable.js";
import { Links } from "../parts/Links.js";
import { At, Equation, Name, Num } from "../parts/maths.js";
import { PlaceMap } from "../parts/PlaceMap.js";
import { StepBar } from "../parts/StepBar.js";
import { SymbolText } from "../parts/SymbolText.js";
import { useSteps } from "../parts/useSteps.js";
import { type BlockPlace, cellAt, indexOf, type Place } from "../place.js";
import { scaleFor } from "../sizes.js";
import { useAnswer } from "../useAnswer.js";
import { coloursOf, mapsOf, valueAt } from "../values.js";
import type { ViewProps } from "../view.js";
import { MapChoice } from "./Choices.js";
import { Curve } from "./Curve.js";

/** Pixels of a room in which the step stands between both maps, and how many it takes with its gaps; else the maps stand side by side. */
const [ROW, MIDDLE, GAP] = [944, 512, 16];
const MOST_SCALE = 28;

export type AtPlace = ViewProps & { readonly at: BlockPlace; readonly place: Place };

/** The activation or the pool: one map becomes another, number by number or window by window. */
export function MapsForward(props: AtPlace) {
  const { moment, at, place, paper, width, change, network, notes } = props;
  const { station, map, cell } = place;
  const isPool = station.kind === "pool";
  const before = isPool ? at.activation : at.convolution;
  const { row, column } = cell;
  const from = mapsOf(moment, before)[map];
  const z = valueAt(from, cell);
  const pooling = at.block.pool;
  const pool = useAnswer(
    network.client,
    "poolStep",
    useMemo(() => {
      const a = moment.pass.values[at.activation.name];
      if (!isPool || !a || pooling === "none") return undefined;
      return { mode: pooling, a, map, cell: { row, column }, da: undefined };
    }, [moment, isPool, pooling, at.number, map, row, column]),
  );
  const { activation } = moment.architecture;
  const gate = useAnswer(
    network.client,
    "gateStep",
    useMemo(() => (isPool ? undefined : { activation, z, gradient: 1 }), [isPool, activation, z]),
  );
  const index = indexOf(cell, station);
  const count = station.height * station.width;
  const go = (to: number) => change({ cell: cellAt(to, station) });
  const ready = isPool
    ? pool?.question.cell.row === row && pool.question.cell.column === column
    : gate?.question.z === z;
  const [playing, play] = useSteps({ index, count, columns: station.width, ready: ready === true, go });
  if (isPool ? !pool : !gate) return <p class="waits">One moment …</p>;

  const [colours, madeColours] = [coloursOf(moment, before, paper), coloursOf(moment, station, paper)];
  const size = isPool ? 2 : 1;
  const inRow = width >= ROW;
  const most = Math.min(420, Math.floor((width - (inRow ? MIDDLE : GAP)) / 2));
  const corner: Cell = isPool ? { row: 2 * cell.row, column: 2 * cell.column } : cell;
  const made = valueAt(mapsOf(moment, station)[map], cell);
  const four = isPool ? pooledFrom(cell) : [cell];
  const values = four.map((at) => valueAt(from, at));
  const mask = pool?.answer.mask ?? [];
  const winners = values.map((_, i) => i).filter((i) => mask[i] === 1);
  return (
    <div data-shown={ready ? `${station.name} ${map} ${row} ${column}` : undefined}>
      <Links
        class="maps-forward"
        links={[
          { from: "window", to: "under", as: "beam" },
          ...(inRow ? [{ from: "result", to: "cell", as: "arrow" } as const] : []),
        ]}
      >
        <section class="reads" aria-label="What is read">
          <div class="map-head">
            <h2>
              Map <SymbolText of={symbolOf(moment, before)} /> {map + 1} of {before.maps}
            </h2>
            <p class="small">{extent(before.height, before.width)}</p>
          </div>
          <PlaceMap
            name={`${stationName(moment, before)}, map ${map + 1} of ${before.maps}`}
            channels={from ? [from] : []}
            colours={colours}
            scale={scaleFor(before.width, most, MOST_SCALE)}
            frames={[{ ...corner, rows: size, columns: size, anchor: "window" }]}
            onPick={(pixel) =>
              change({
                cell: nearestCell(
                  { row: Math.floor(pixel.row / size), column: Math.floor(pixel.column / size) },
                  station,
                ),
              })
            }
          />
          <Legend colours={colours} />
        </section>
        <section class="middle-part" aria-label="The step">
          <div class="row">
            <CellTable
              key={`${map} ${row} ${column}`}
              label="Numbers under the window"
              title={isPool ? "Under the window" : "This number"}
              values={values}
              columns={size}
              colours={colours}
              width={44}
              anchor="under"
              marked={winners}
              dropped={winners.length > 0 ? values.map((_, i) => i).filter((i) => !winners.includes(i)) : []}
            />
            {pool && pool.answer.mask.length > 0 && (
              <CellTable
                label="The mask: 1 at the largest"
                title="Mask"
                values={pool.answer.mask}
                columns={2}
                colours={ink(1.6, paper)}
                width={44}
                format={String}
              />
            )}
            {pool && pool.answer.shares.length > 0 && (
              <CellTable
                label="The shares: a quarter of each number"
                title="Shares"
                values={pool.answer.shares}
                columns={2}
                colours={ink(1.6, paper)}
                width={44}
              />
            )}
            {!isPool && <Curve activation={activation} z={z} a={made} limit={colours.limit} />}
          </div>
          {pool && <PoolWords values={values} mode={pool.question.mode} mask={pool.answer.mask} />}
          <p class="large">
            <b>
              <SymbolText of={symbolOf(moment, station)} />({row}, {column}) ={" "}
              <span data-result={station.kind}>{short(made)}</span>
            </b>
          </p>
          <div class="as-equation" data-anchor="result">
            <Equation>
              <Name of={symbolOf(moment, station)} />
              <At cell={cell} />
              <mo>=</mo>
              {isPool ? (
                <>
                  <mtext>{pooling === "average" ? "mean(" : "max("}</mtext>
                  {values.map((value, i) => (
                    <>
                      {i > 0 && <mo>,</mo>}
                      <Num value={value} />
                    </>
                  ))}
                  <mtext>)</mtext>
                </>
              ) : (
                <>
                  <mtext>{ACTIVATION_NAMES[activation]}(</mtext>
                  <Num value={z} />
                  <mtext>)</mtext>
                </>
              )}
              <mo>=</mo>
              <Num value={made} bold />
            </Equation>
          </div>
          <div class="calls">
            <p class="small">
              {isPool ? (
                <>
                  This number, and all of the layer, by
                  <code>
                    poolForward(a, {"{"} f: 2, stride: 2 {"}"}, "{pooling}")
                  </code>
                  <code>{pooling === "max" ? "createMaskFromWindow(window)" : "distributeValue(1, [2, 2])"}</code>
                </>
              ) : (
                <>
                  The library: <code>{activation}(z)</code>
                </>
              )}
            </p>
            {pool && <p class="small">{agreement(pool.answer.value, pool.answer.whole)}</p>}
          </div>
        </section>
        <section class="makes" aria-label="What is made">
          <div class="map-head">
            <h2>
              Map <SymbolText of={symbolOf(moment, station)} /> {map + 1} of {station.maps}
            </h2>
            <p class="small">{extent(station.height, station.width)}</p>
          </div>
          <PlaceMap
            name={`${stationName(moment, station)}, map ${map + 1} of ${station.maps}`}
            channels={mapsOf(moment, station).slice(map, map + 1)}
            colours={madeColours}
            scale={scaleFor(station.width, most, MOST_SCALE)}
            frames={[{ ...cell, rows: 1, columns: 1, anchor: "cell" }]}
            onPick={(picked) => change({ cell: nearestCell(picked, station) })}
          />
          <Legend colours={madeColours} />
        </section>
        <MapChoice
          images={mapsOf(moment, station)}
          colours={madeColours}
          chosen={map}
          choose={(map) => change({ map })}
        />
      </Links>
      <StepBar
        playing={playing}
        play={play}
        index={index}
        count={count}
        thing={isPool ? "Window" : "Number"}
        place={cellName(cell)}
        go={go}
      >
        {notes}
      </StepBar>
    </div>
  );
}

interface PoolWordsProps {
  readonly values: readonly number[];
  readonly mode: "max" | "average";
  readonly mask: Float32Array;
}

const MANY = ["none", "one", "two", "three", "all four"];

/** What the pool does with these four numbers. Equal numbers need a sentence of their own. */
function PoolWords({ values, mode, mask }: PoolWordsProps) {
  if (mode === "average") return <p class="small">The mean: their sum, divided by 4.</p>;
  const winners = mask.reduce((sum, mark) => sum + mark, 0);
  const largest = short(Math.max(...values));
  if (winners === 1) return <p class="small">One is the largest: {largest}. Only that one goes on.</p>;
  const all = winners === 4;
  return (
    <p class="small">
      {all
        ? `All four are equal: ${largest}`
        : `${MANY[winners] === "two" ? "Two" : "Three"} are largest, ${MANY[winners] === "two" ? "both" : "all"} ${largest}`}
      . It does not matter which of them goes on.
    </p>
  );
}
