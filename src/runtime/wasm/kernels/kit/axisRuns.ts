import type { AxisMap, Tap } from "./axisMap.js";

/** A tap by its distance from the first input position that an output takes. */
export interface RelativeTap {
  readonly distance: number;
  readonly weight: number;
}

/** Output positions whose taps lie alike: `first`, `first + period`, …, `count` in all. */
export interface Run {
  readonly first: number;
  readonly count: number;
  readonly period: number;
  /** The first input position that the first output takes. Each next output takes from `step` positions further on. */
  readonly from: number;
  readonly step: number;
  readonly taps: readonly RelativeTap[];
}

/** The outputs of an axis as runs. The borders are apart from the middle, so no loop has to look for them. */
export function runsOf({ period, step, taps }: AxisMap): readonly Run[] {
  const runs: Run[] = [];
  for (let phase = 0; phase < Math.min(period, taps.length); phase++) {
    let run: Run | undefined;
    for (let first = phase; first < taps.length; first += period) {
      const list = taps[first] ?? [];
      if (run && lieAlike(list, run.taps, run.from + run.count * run.step)) {
        run = { ...run, count: run.count + 1 };
        runs[runs.length - 1] = run;
        continue;
      }
      const from = list.reduce((least, { at }) => Math.min(least, at), list[0]?.at ?? 0);
      run = {
        first,
        count: 1,
        period,
        from,
        step,
        taps: list.map(({ at, weight }) => ({ distance: at - from, weight })),
      };
      runs.push(run);
    }
  }
  return runs;
}

function lieAlike(list: readonly Tap[], relative: readonly RelativeTap[], from: number): boolean {
  return (
    list.length === relative.length &&
    list.every(({ at, weight }, i) => at - from === relative[i]?.distance && weight === relative[i]?.weight)
  );
}

/** The number of taps in the code of all pairs of runs. */
export function tapsInCode(rows: readonly Run[], columns: readonly Run[]): number {
  const count = (runs: readonly Run[]) => runs.reduce((sum, { taps }) => sum + Math.max(1, taps.length), 0);
  return count(rows) * count(columns);
}
