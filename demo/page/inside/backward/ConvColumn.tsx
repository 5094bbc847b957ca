import { useState } from "preact/hooks";
import { blueRed } from "../../../colours.js";
import { channelsOf, largest } from "../../../images.js";
import { exact, short } from "../../look/words.js";
import type { ConvLayer, StepAnswers } from "../../network/steps.js";
import { windowCorner } from "../../network/windows.js";
import { extent, stationName, symbolOf } from "../names.js";
import { CellTable } from "../parts/CellTable.js";
import { Derivative, Equation, Name } from "../parts/maths.js";
import { smallest } from "../parts/numbers.js";
import { PlaceMap } from "../parts/PlaceMap.js";
import { scaleFor } from "../sizes.js";
import { coloursOf, cut, filterImage, limitOf, mapsOf } from "../values.js";
import type { ColumnOf } from "./ArrivalColumn.js";
import { Column } from "./Column.js";

interface ConvColumnProps extends ColumnOf {
  readonly layer: ConvLayer;
  /** What that one number alone gives; and, while filling, all up to it. */
  readonly parts: StepAnswers["convGradients"];
  readonly dz: number;
  readonly filling: boolean;
  fill(filling: boolean): void;
}

/** What the gradient does to the weights, and to the maps before. */
export function ConvColumn(props: ConvColumnProps) {
  const { moment, at, trace, sizes, paper, change, layer, parts, dz, filling, fill, dim, unit } = props;
  const { block, reads, margins, convolution } = at;
  const { source, map, z } = trace;
  const [pointed, point] = useState<number>();
  const [alone, soFar] = parts;
  const wholeX = moment.pass.gradients[reads.name];
  const wholeW = moment.pass.weightGradients[at.number - 1]?.kernel;
  if (!wholeX || !wholeW || !alone) return <section class="column of-conv" aria-label="Convolution" />;
  const shown = filling && soFar ? soFar : { dx: wholeX, dw: wholeW };
  const xColours = blueRed(largest(channelsOf(wholeX, 0)), paper);
  const wColours = blueRed(limitOf(wholeW), paper);
  const dx = channelsOf(shown.dx, 0)[source];
  const dw = filterImage(shown.dw, source, map);
  const corner = windowCorner(block, margins, z);
  const tables = { columns: block.size, width: sizes.cell, pointed, onPoint: point };
  const [plain, gradient] = sizes.small ? [smallest, unit.small] : [short, unit.format];
  const symbol = symbolOf(moment, reads);
  const number = at.pool ? 5 : 4;
  const words = filling ? "so far" : "whole";
  const tap =
    pointed === undefined ? undefined : { row: Math.floor(pointed / block.size), column: pointed % block.size };
  const [x, w] = [mapsOf(moment, reads)[source], filterImage(layer.kernel, source, map)];
  return (
    <Column
      class="of-conv"
      number={number}
      name={stationName(moment, convolution)}
      note={
        <>
          filter {map + 1} of {convolution.maps}, {reads.maps === 1 ? "on the picture" : "on "}
          {reads.maps > 1 && (
            <label class="small">
              map{" "}
              <select value={source} onChange={({ currentTarget }) => change({ source: Number(currentTarget.value) })}>
                {Array.from({ length: reads.maps }, (_, n) => (
                  <option key={n} value={n}>
                    {n + 1} of {reads.maps}
                  </option>
                ))}
              </select>
            </label>
          )}
        </>
      }
      dim={dim}
      table={block.size * sizes.cell}
      rule={
        <div class="pair">
          <Equation display>
            <Derivative by={symbol} />
            <mo>+=</mo>
            <mi>w</mi>
            <mo>·</mo>
            <mi>g</mi>
          </Equation>
          <Equation display>
            <Derivative by={{ letter: "w", index: symbolOf(moment, convolution).index }} />
            <mo>+=</mo>
            <Name of={symbol} />
            <mo>·</mo>
            <mi>g</mi>
          </Equation>
        </div>
      }
    >
      <div class="picture pair">
        <div>
          <p class="small">
            {extent(reads.height, reads.width)}, ±{exact(xColours.limit)}
          </p>
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
          />
        </div>
        <div>
          <p class="small">
            {extent(block.size, block.size)}, ±{exact(wColours.limit)}
          </p>
          <PlaceMap
            name={`Gradient of filter ${map + 1} for map ${source + 1}, ${words}`}
            channels={[dw]}
            colours={wColours}
            scale={Math.floor(Math.min(sizes.read, 140) / block.size)}
            frames={[
              { row: 0, column: 0, rows: block.size, columns: block.size, anchor: "dw-window" },
              ...(tap ? [{ ...tap, rows: 1, columns: 1, thin: true }] : []),
            ]}
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
                = <span class="g">{unit.format(dz)}</span> × the weights <i>w</i>
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
                = <span class="g">{unit.format(dz)}</span> × what it saw
              </>
            }
            label="What the filter saw in this window"
            values={cut(x, corner, block.size)}
            colours={coloursOf(moment, reads, paper)}
            format={plain}
            anchor="back-window"
          />
        </div>
      </div>
      <div class="sum">
        <div class="how">
          <button type="button" class="plain" aria-pressed={filling} onClick={() => fill(!filling)}>
            {filling ? "Show the whole gradient" : "Fill it window by window"}
          </button>
        </div>
        <p class="small">
          <code>{margins.even ? "convBackward(dZ, cache)" : "conv2dBackward(x, w, dz, options)"}</code>
          {filling
            ? ` with all numbers of dZ at 0 that are still to come: filters 1 to ${map + 1}, up to this cell.`
            : " with this one number of dZ alone."}
        </p>
      </div>
    </Column>
  );
}
