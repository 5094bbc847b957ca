import { useMemo, useRef, useState } from "preact/hooks";
import { blueRed } from "../../../colours.js";
import { Legend } from "../../look/Legend.js";
import { short } from "../../look/words.js";
import { cellAround, nearestCell, pooledCell, windowCorner } from "../../network/windows.js";
import type { Cell } from "../../settings/settings.js";
import { cellName, extent, range, sourceName, stationName, symbolOf } from "../names.js";
import { CellTable } from "../parts/CellTable.js";
import { Links } from "../parts/Links.js";
import { smallest } from "../parts/numbers.js";
import { type Frame, PlaceMap } from "../parts/PlaceMap.js";
import { StepBar } from "../parts/StepBar.js";
import { SymbolText } from "../parts/SymbolText.js";
import { useSteps } from "../parts/useSteps.js";
import { type BlockPlace, cellAt, indexOf, type Place } from "../place.js";
import { convSizes } from "../sizes.js";
import { useAnswer } from "../useAnswer.js";
import { channel, coloursOf, filterImage, layerOf, limitOf, mapsOf } from "../values.js";
import type { ViewProps } from "../view.js";
import { Chain } from "./Chain.js";
import { FilterChoice, SourceChoice } from "./Choices.js";
import { ComputedTwice } from "./ComputedTwice.js";
import { ConvEquation } from "./ConvEquation.js";
import { Learned } from "./Learned.js";
import { Sums } from "./Sums.js";

/** Milliseconds for all products of a step to come, one after the other. */
const [STANDING, PLAYING] = [500, 180];

/** Of the tour: they are about what becomes of the number, and about what the filter has become. */
const [DROP_STEP, LAST_STEP] = [2, 5];

/** A window of the maps before becomes one number of a map. */
export function ConvForward(props: ViewProps & { readonly at: BlockPlace; readonly place: Place }) {
  const { moment, at, place, paper, width, change, network, notes, reached } = props;
  const { block, reads, convolution, margins } = at;
  const layer = useMemo(() => layerOf(moment, at), [moment, at.number]);
  const { row, column } = place.cell;
  const question = useMemo(
    () => layer && { layer, map: place.map, cell: { row, column } },
    [layer, place.map, row, column],
  );
  const answered = useAnswer(network.client, "convStep", question);
  const [pointed, point] = useState<number>();
  const index = indexOf(place.cell, convolution);
  const go = (to: number) => change({ cell: cellAt(to, convolution) });
  const [playing, play] = useSteps({
    index,
    count: convolution.height * convolution.width,
    columns: convolution.width,
    ready: answered?.question === question,
    go,
  });
  const step = answered && `${answered.question.map} ${indexOf(answered.question.cell, convolution)}`;
  const moved = useMoved(step);
  if (!layer || !answered || answered.question.layer !== layer) return <p class="waits">One moment …</p>;

  // Everything below is of one step: that of the answer.
  const { answer } = answered;
  const { map, cell } = answered.question;
  const { source } = place;
  const sizes = convSizes(width, block.size, reads.width + 2 * margins.pad, convolution.width);
  const inputs = mapsOf(moment, reads);
  const input = inputs[source];
  const [inputColours, madeColours] = [coloursOf(moment, reads, paper), coloursOf(moment, convolution, paper)];
  const weightColours = blueRed(limitOf(layer.kernel), paper);
  const productColours = blueRed(weightColours.limit * Math.min(1, inputColours.limit), paper);
  const corner = windowCorner(block, margins, cell);
  const window: Frame = { ...corner, rows: block.size, columns: block.size, anchor: "window" };
  const tap = (i: number): Frame => ({
    row: corner.row + Math.floor(i / block.size),
    column: corner.column + (i % block.size),
    rows: 1,
    columns: 1,
    thin: true,
  });
  const after = moved ? (playing ? PLAYING : STANDING) : undefined;
  const format = sizes.small ? smallest : short;
  const shared = { columns: block.size, width: sizes.cell, pointed, onPoint: point, format };
  const read = symbolOf(moment, reads);
  const name = sourceName(reads, source);
  const pointAt = (pixel: Cell | undefined) => {
    const [r, c] = pixel ? [pixel.row - corner.row, pixel.column - corner.column] : [-1, -1];
    const inside = r >= 0 && c >= 0 && r < block.size && c < block.size;
    point(inside ? r * block.size + c : undefined);
  };
  const pooled = at.pool && pooledCell(cell, at.pool);
  const learned = <Learned {...props} map={map} source={source} />;
  const [drops, isLast] = [DROP_STEP, LAST_STEP].map((step) => props.settings.guide === step);
  return (
    <div data-shown={`${convolution.name} ${map} ${cell.row} ${cell.column}`}>
      {isLast && learned}
      <Links
        class={`conv-forward ${sizes.form} ${sizes.tables}${drops ? " drops" : ""}`}
        links={[
          // On a narrow page the tour puts other numbers in between.
          ...(drops && sizes.form === "narrow" ? [] : [{ from: "window", to: "under", as: "beam" } as const]),
          ...(sizes.form === "wide" ? [{ from: "result", to: "cell", as: "arrow" } as const] : []),
          ...(sizes.form !== "narrow" && reached(2) ? [{ from: "neighbours", to: "four", as: "beam" } as const] : []),
          ...(pooled && reached(2) ? [{ from: "largest", to: "pooled", as: "arrow" } as const] : []),
        ]}
      >
        <section class="reads" aria-label="What is read">
          <div class="map-head">
            <h2>
              {reads.kind === "picture" ? "Picture" : "Map"} <SymbolText of={read} />
              {reads.maps > 1 && (reads.kind === "picture" ? `, ${name}` : ` ${source + 1} of ${reads.maps}`)}
            </h2>
            <p class="small">
              {extent(reads.height, reads.width)}
              {margins.pad > 0 && `, ${margins.pad === 1 ? "1 zero" : `${margins.pad} zeros`} all round`}
            </p>
          </div>
          <PlaceMap
            name={`${stationName(moment, reads)}, map ${source + 1} of ${reads.maps}`}
            channels={input ? [input] : []}
            colours={inputColours}
            scale={sizes.read}
            pad={margins.pad}
            frames={[window, ...(pointed === undefined ? [] : [tap(pointed)])]}
            onPick={(pixel) => change({ cell: cellAround(block, margins, pixel, convolution) })}
            onPoint={pointAt}
          />
          <Legend colours={inputColours} />
          {reads.maps > 1 && (
            <SourceChoice
              images={inputs}
              colours={inputColours}
              names={inputs.map((_, n) => sourceName(reads, n))}
              sums={answer.sums}
              chosen={source}
              choose={(source) => change({ source })}
            />
          )}
        </section>
        <section class="tables" aria-label="Window times filter">
          <div class="factors">
            <CellTable
              {...shared}
              title="Under the window"
              note={`rows ${range(corner.row, block.size)}, columns ${range(corner.column, block.size)}`}
              label={`Numbers under the window, of map ${source + 1}`}
              values={channel(answer.window, source)}
              colours={inputColours}
              anchor="under"
            />
            <span class="sign">×</span>
            <div class="filter">
              <CellTable
                {...shared}
                title={
                  <>
                    Filter <i>w</i> {map + 1} of {convolution.maps}
                  </>
                }
                note={
                  reads.maps > 1
                    ? `its weights for ${name}`
                    : `${moment.step > 0 ? "learned" : "random"}, ${block.size ** 2} weights`
                }
                label={`Weights of filter ${map + 1} for map ${source + 1}`}
                values={channel(answer.filter, source)}
                colours={weightColours}
                anchor="filter"
              />
            </div>
            <span class="sign">=</span>
            <CellTable
              {...shared}
              key={`${step} ${source}`}
              turn={after && after / block.size ** 2}
              title="Products"
              note="number × weight, rounded"
              label="Products of numbers and weights"
              values={channel(answer.products, source)}
              colours={productColours}
              anchor="products"
            />
          </div>
          <div class="below-factors">
            <FilterChoice
              images={Array.from({ length: convolution.maps }, (_, n) => filterImage(layer.kernel, source, n))}
              colours={weightColours}
              chosen={map}
              choose={(map) => change({ map })}
            />
            <Sums
              key={`${step} ${source}`}
              answer={answer}
              source={source}
              name={name}
              cell={cell}
              symbol={symbolOf(moment, convolution)}
              after={after}
            />
          </div>
        </section>
        <section class="makes" aria-label="What is made">
          <div class="made">
            <div class="map-head">
              <h2>
                Map <SymbolText of={symbolOf(moment, convolution)} /> {map + 1} of {convolution.maps}
              </h2>
              <Legend colours={madeColours} />
            </div>
            <PlaceMap
              name={`${stationName(moment, convolution)}, map ${map + 1} of ${convolution.maps}`}
              channels={mapsOf(moment, convolution).slice(map, map + 1)}
              colours={madeColours}
              scale={sizes.made}
              frames={madeFrames(at, cell)}
              onPick={(picked) => change({ cell: nearestCell(picked, convolution) })}
            />
          </div>
          <Chain
            dim={!reached(2)}
            moment={moment}
            at={at}
            map={map}
            cell={cell}
            paper={paper}
            most={sizes.form === "wide" ? 98 : 140}
          />
        </section>
        <section class="equations" aria-label="The same as an equation">
          <h2>The same as an equation</h2>
          <ConvEquation moment={moment} at={at} answer={answer} cell={cell} width={width} />
        </section>
        <ComputedTwice moment={moment} at={at} answer={answer} map={map} cell={cell} />
      </Links>
      {!isLast && learned}
      <StepBar
        playing={playing}
        play={play}
        index={index}
        count={convolution.height * convolution.width}
        thing="Window"
        place={cellName(cell)}
        go={go}
      >
        {notes}
      </StepBar>
    </div>
  );
}

/** Whether another step was chosen since the view opened: nothing moves by itself. */
function useMoved(step: string | undefined): boolean {
  const first = useRef(step);
  const moved = useRef(false);
  first.current ??= step;
  if (step !== first.current) moved.current = true;
  return moved.current;
}

function madeFrames(at: BlockPlace, cell: Cell): Frame[] {
  const pooled = at.pool && pooledCell(cell, at.pool);
  const one: Frame = { ...cell, rows: 1, columns: 1, anchor: "cell" };
  if (!pooled) return [{ ...one }];
  return [
    { row: 2 * pooled.row, column: 2 * pooled.column, rows: 2, columns: 2, anchor: "neighbours", thin: true },
    one,
  ];
}
