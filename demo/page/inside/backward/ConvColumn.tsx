import { useState } from "preact/hooks";
import { blueRed } from "../../../colours.js";
import { channelsOf } from "../../../images.js";
import { short } from "../../look/words.js";
import type { ConvLayer, StepAnswers } from "../../network/steps.js";
import { cellAround, nearestCell, pooledCell, windowCorner } from "../../network/windows.js";
import type { Cell, Settings } from "../../settings/settings.js";
import { stationName, symbolOf } from "../names.js";
import { CellTable } from "../parts/CellTable.js";
import { Derivative, Equation, Name } from "../parts/maths.js";
import { smallest } from "../parts/numbers.js";
import { PlaceMap } from "../parts/PlaceMap.js";
import { SymbolText } from "../parts/SymbolText.js";
import { halfOf, scaleFor } from "../sizes.js";
import { coloursOf, cut, filterImage, limitOf, mapsOf } from "../values.js";
import type { ColumnOf } from "./ArrivalColumn.js";
import { Column, PassesOn } from "./Column.js";
import type { Limits } from "./trace.js";

interface ConvColumnProps extends ColumnOf {
  readonly layer: ConvLayer;
  /** What that one number alone gives; and, while filling, all up to it. */
  readonly parts: StepAnswers["convGradients"];
  readonly dz: number;
  readonly limits: Limits;
  readonly filling: boolean;
  fill(filling: boolean): void;
}

/** What the gradient does to the weights, and to the maps before. */
export function ConvColumn(props: ConvColumnProps) {
  const { moment, at, place, trace, sizes, paper, change, layer, parts, dz, limits, filling, fill, unit, settings } =
    props;
  const { block, reads, margins, convolution, pool, last } = at;
  const { source, map, z } = trace;
  const [pointed, point] = useState<number>();
  const [alone, soFar] = parts;
  const wholeX = moment.pass.gradients[reads.name];
  const wholeW = moment.pass.weightGradients[at.number - 1]?.kernel;
  if (!wholeX || !wholeW || !alone) return <section class="column of-conv" aria-label="Convolution" />;
  const shown = filling && soFar ? soFar : { dx: wholeX, dw: wholeW };
  const xColours = blueRed(limits.dx, paper);
  const wColours = blueRed(limits.dw, paper);
  const dx = channelsOf(shown.dx, 0)[source];
  const dw = filterImage(shown.dw, source, map);
  const corner = windowCorner(block, margins, z);
  const tables = { columns: block.size, width: sizes.cell, pointed, onPoint: point };
  const [plain, gradient] = sizes.small ? [smallest, unit.small] : [short, unit.format];
  const symbol = symbolOf(moment, reads);
  const weights = { letter: "w", index: symbolOf(moment, convolution).index };
  const rules = [
    { of: symbol, by: weights, limit: xColours.limit },
    { of: weights, by: symbol, limit: wColours.limit },
  ];
  const number = pool ? 5 : 4;
  const words = filling ? "so far" : "whole";
  const tap =
    pointed === undefined ? undefined : { row: Math.floor(pointed / block.size), column: pointed % block.size };
  const pointCell = (cell: Cell | undefined) => {
    const inside = cell && [cell.row, cell.column].every((place) => place >= 0 && place < block.size);
    point(inside ? cell.row * block.size + cell.column : undefined);
  };
  const windows = convolution.height * convolution.width;
  const written = unit.format(dz);
  const picture = reads.kind === "picture";
  const names = picture ? ["red", "green", "blue"] : [];
  const [x, w] = [mapsOf(moment, reads)[source], filterImage(layer.kernel, source, map)];
  return (
    <Column
      class="of-conv"
      chosen={place.station.kind === "convolution" || place.station.kind === "picture"}
      number={number}
      name={stationName(moment, convolution)}
      note={
        <>
          filter {map + 1} of {convolution.maps}, on {reads.maps === 1 && (picture ? "the picture" : "the only map")}
          {reads.maps > 1 && (
            <label>
              {picture ? "the picture's" : "map"}{" "}
              <select value={source} onChange={({ currentTarget }) => change({ source: Number(currentTarget.value) })}>
                {Array.from({ length: reads.maps }, (_, n) => (
                  <option key={n} value={n}>
                    {names[n] ?? `${n + 1} of ${reads.maps}`}
                  </option>
                ))}
              </select>
            </label>
          )}
        </>
      }
      arrives={`${written}, the gradient of one number z: a sum of what the filter saw, times its weights.`}
      does={
        dz === 0
          ? "So this window adds nothing here. Choose a coloured cell in any map to the right."
          : `So each number that it saw gets its weight times ${written}, and each weight gets its number times ${written}.`
      }
      table={halfOf(block.size, sizes.cell)}
      rule={
        <div class="pair">
          {rules.map(({ of, by, limit }) => (
            <div key={of.letter} class="limited">
              <Equation display>
                <Derivative by={of} />
                <mo>+=</mo>
                <Name of={by} />
                <mo>·</mo>
                <Derivative by={symbolOf(moment, convolution)} />
              </Equation>
              <span class="small">±{unit.format(limit)}</span>
            </div>
          ))}
        </div>
      }
    >
      <div class="picture pair">
        <div>
          <PlaceMap
            name={`Gradient of ${stationName(moment, reads)}, map ${source + 1}, ${words}`}
            channels={dx ? [dx] : []}
            colours={xColours}
            scale={scaleFor(reads.width, sizes.read)}
            frames={[
              { ...corner, rows: block.size, columns: block.size, anchor: "dx-window" },
              ...(tap
                ? [{ row: corner.row + tap.row, column: corner.column + tap.column, rows: 1, columns: 1, thin: true }]
                : []),
            ]}
            onPick={(cell) => {
              const made = cellAround(block, margins, cell, convolution);
              change({ station: last.name, map, cell: nearestCell((pool && pooledCell(made, pool)) ?? made, last) });
            }}
            onPoint={(cell) => pointCell(cell && { row: cell.row - corner.row, column: cell.column - corner.column })}
          />
        </div>
        <div>
          <PlaceMap
            name={`Gradient of filter ${map + 1} for map ${source + 1}, ${words}`}
            channels={[dw]}
            colours={wColours}
            scale={Math.floor(Math.min(sizes.read, block.size * sizes.cell) / block.size)}
            frames={[
              { row: 0, column: 0, rows: block.size, columns: block.size, anchor: "dw-window" },
              ...(tap ? [{ ...tap, rows: 1, columns: 1, thin: true }] : []),
            ]}
            onPoint={pointCell}
          />
        </div>
      </div>
      <div class="numbers-of pair">
        <div>
          <CellTable
            {...tables}
            title="this window adds"
            label="What this window adds to the gradient of the map"
            values={cut(channelsOf(alone.dx, 0)[source], corner, block.size)}
            colours={xColours}
            format={gradient}
            anchor="dx-adds"
          />
          <CellTable
            {...tables}
            title={
              <>
                = <span class="g">{written}</span> × weights <i>w</i>
              </>
            }
            label="The weights of the filter"
            values={cut(w, { row: 0, column: 0 }, block.size)}
            colours={blueRed(limitOf(layer.kernel), paper)}
            format={plain}
            anchor="back-filter"
          />
        </div>
        <div>
          <CellTable
            {...tables}
            title="this window adds"
            label="What this window adds to the gradient of the filter"
            values={cut(filterImage(alone.dw, source, map), { row: 0, column: 0 }, block.size)}
            colours={wColours}
            format={gradient}
            anchor="dw-adds"
          />
          <CellTable
            {...tables}
            title={
              <>
                = <span class="g">{written}</span> × input <SymbolText of={symbol} />
              </>
            }
            label="What the filter saw in this window"
            values={cut(x, corner, block.size)}
            colours={coloursOf(moment, reads, paper)}
            format={plain}
            anchor="conv-g"
          />
        </div>
      </div>
      <div class="sum">
        <div class="pair">
          <PassesOn to={picture ? "To the picture" : `On to ${stationName(moment, reads)}`}>
            the sum of what all filters and windows add, where they overlap.
            {picture && " A picture is not trained, so the way ends here."}
          </PassesOn>
          <PassesOn to="To the weights">
            the sum of what all {windows} windows add, for the filter is the same everywhere. A step with this picture (
            {OPTIMIZERS[settings.optimizer]}) would make red weights smaller and blue ones larger.
          </PassesOn>
        </div>
        <div class="how">
          <button type="button" class="plain" aria-pressed={filling} onClick={() => fill(!filling)}>
            {filling ? "Show the whole gradient" : "Fill it window by window"}
          </button>
        </div>
        <p class="small call">
          <code>{margins.even ? "convBackward(dZ, cache)" : "conv2dBackward(x, w, dz, options)"}</code>
          {filling
            ? ` with 0 for all numbers of dZ that are still to come: ${map > 0 ? `it has those of filters 1 to ${map}, and` : "it has"} those of filter ${map + 1} up to this cell.`
            : " with this one number of dZ alone."}
        </p>
      </div>
    </Column>
  );
}

const OPTIMIZERS: Readonly<Record<Settings["optimizer"], string>> = {
  adam: "Adam",
  sgd: "plain descent",
  momentum: "descent with momentum",
  rmsprop: "RMSprop",
};
