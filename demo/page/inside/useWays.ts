import { useRef } from "preact/hooks";
import type { Station } from "../network/architecture.js";
import { carry } from "../network/carry.js";
import { type Aim, aimAt, type Place } from "./place.js";
import type { Moment } from "./useMoment.js";

/** The way to another station. */
export interface Ways {
  /** With the maps that go on from here, or that this place is made of. */
  along(to: Station): Aim;
  /** With the same number of the map. */
  across(to: Station): Pick<Aim, "station" | "cell">;
}

/**
 * Leads from station to station. A cell of a small map lies over several of a large one: who goes there and back comes to the cell
 * that he came from.
 */
export function useWays({ architecture, stations }: Moment, place: Place): Ways {
  const way = useRef<{ readonly from: Place; readonly aim: Aim } | undefined>(undefined);
  /** Where the way began, if nothing was chosen since. */
  const start = () => (way.current && isAt(place, way.current.aim) ? way.current.from : place);
  const take = (aim: Aim): Aim => {
    way.current = { from: start(), aim };
    return aim;
  };
  return {
    along(to) {
      const from = start();
      const back = from.station === to && way.current?.aim.map === place.map && from !== place;
      const aim = aimAt(architecture, stations, place, to);
      return take({
        ...aim,
        ...(back && { map: from.map, source: from.source }),
        cell: carry(architecture, stations, from, to),
      });
    },
    across(to) {
      const cell = carry(architecture, stations, start(), to);
      take({ station: to.name, map: place.map, source: place.source, cell });
      return { station: to.name, cell };
    },
  };
}

const isAt = ({ station, cell }: Place, aim: Aim) =>
  station.name === aim.station && cell.row === aim.cell.row && cell.column === aim.cell.column;
