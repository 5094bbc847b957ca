import type { Paper } from "../../../colours.js";
import { short } from "../../look/words.js";
import { pooledCell, pooledFrom } from "../../network/windows.js";
import type { Cell } from "../../settings/settings.js";
import { ACTIVATION_NAMES, extent, stationName, symbolOf } from "../names.js";
import { CellTable } from "../parts/CellTable.js";
import { PlaceMap } from "../parts/PlaceMap.js";
import { SymbolText } from "../parts/SymbolText.js";
import type { BlockPlace } from "../place.js";
import { scaleFor } from "../sizes.js";
import type { Moment } from "../useMoment.js";
import { coloursOf, mapsOf, valueAt } from "../values.js";

interface ChainProps {
  readonly moment: Moment;
  readonly at: BlockPlace;
  readonly map: number;
  readonly cell: Cell;
  readonly paper: Paper;
  /** Not reached by the tour. */
  readonly dim: boolean;
  /** The most pixels that the pooled map may take. */
  readonly most: number;
}

/** What becomes of the number: the activation, and the pool of that cell. */
export function Chain({ moment, at, map, cell, paper, dim, most }: ChainProps) {
  const { convolution, activation, pool } = at;
  const { activation: name } = moment.architecture;
  const [z, a] = [mapsOf(moment, convolution)[map], mapsOf(moment, activation)[map]];
  const pooled = pool && pooledCell(cell, pool);
  const four = pooled ? pooledFrom(pooled) : [cell];
  const own = four.findIndex(({ row, column }) => row === cell.row && column === cell.column);
  const columns = pooled ? 2 : 1;
  const shape = { columns, width: 38, marked: [own] };
  const after = four.map((place) => valueAt(a, place));
  // The pool keeps the largest.
  const largest = Math.max(...after);
  const dropped = pooled && at.block.pool === "max" ? four.map((_, i) => i).filter((i) => after[i] !== largest) : [];
  return (
    <section class="chain" aria-label="What becomes of it" inert={dim}>
      <div class="gate">
        <CellTable
          {...shape}
          foot={pooled ? "4 neighbours" : "This number"}
          label="Numbers of the map before the activation"
          values={four.map((place) => valueAt(z, place))}
          colours={coloursOf(moment, convolution, paper)}
          anchor="four"
        />
        <p class="arrow-word">
          {ACTIVATION_NAMES[name]}
          <span aria-hidden="true">→</span>
        </p>
        <CellTable
          {...shape}
          foot={name === "relu" ? "below 0 is 0" : "after it"}
          label="The same after the activation"
          key={`${map} ${cell.row} ${cell.column}`}
          dropped={dropped}
          marked={dropped.length > 0 ? four.map((_, i) => i).filter((i) => !dropped.includes(i)) : [own]}
          values={after}
          colours={coloursOf(moment, activation, paper)}
          anchor="after"
        />
      </div>
      {pool && pooled && (
        <div class="pooled">
          <div>
            <h2>
              Pooled <SymbolText of={symbolOf(moment, pool)} />
            </h2>
            <p class="small">{extent(pool.height, pool.width)}</p>
            <p class="small" data-anchor="largest">
              {at.block.pool === "max" ? "largest of 4" : "mean of 4"}
              <b>
                {" "}
                <SymbolText of={symbolOf(moment, pool)} />({pooled.row}, {pooled.column}) ={" "}
                {short(valueAt(mapsOf(moment, pool)[map], pooled))}
              </b>
            </p>
          </div>
          <PlaceMap
            name={`${stationName(moment, pool)}, map ${map + 1} of ${pool.maps}`}
            channels={mapsOf(moment, pool).slice(map, map + 1)}
            colours={coloursOf(moment, pool, paper)}
            scale={scaleFor(pool.width, most)}
            frames={[{ ...pooled, rows: 1, columns: 1, anchor: "pooled" }]}
          />
        </div>
      )}
      {pool && !pooled && (
        <p class="small">No window of the pool reaches this last row or column: its numbers go no further.</p>
      )}
    </section>
  );
}
