import { useMemo, useRef } from "preact/hooks";
import type { Station } from "../../network/architecture.js";
import type { Plan, Snapshot } from "../../worker/messages.js";
import { largestOf, steadyLimit } from "./limits.js";

/** The colour limits, by the names of the stations; those of weights have a "w" before it, those of the first weights an "s". */
export type Limits = Readonly<Record<string, number>>;

/** Beyond this share of the largest value the colour stays full: a few large values would pale all others. */
const CUT = { deepMaps: 0.6, denseWeights: 0.75 };

/** One limit for each column. They stay while a network learns, as long as they serve. */
export function useLimits(
  plan: Plan | undefined,
  stations: readonly Station[],
  snapshot: Snapshot | undefined,
  start: Snapshot | undefined,
): Limits {
  const last = useRef<{ readonly plan: Plan | undefined; readonly limits: Limits }>({ plan: undefined, limits: {} });
  return useMemo(() => {
    const known = last.current.plan === plan ? last.current.limits : {};
    const limits = snapshot ? limitsOf(known, stations, snapshot, start) : known;
    last.current = { plan, limits };
    return limits;
  }, [plan, stations, snapshot, start]);
}

/** The limits that serve a snapshot: those that are known, wherever they still do. */
export function limitsOf(
  known: Limits,
  stations: readonly Station[],
  snapshot: Snapshot,
  start: Snapshot | undefined,
): Limits {
  const limits: Record<string, number> = {};
  const set = (name: string, wanted: number) => {
    limits[name] = steadyLimit(known[name], wanted);
  };
  for (const { name, kind, block } of stations) {
    const values = snapshot.pass?.values[name]?.values;
    const kernel = (kind === "dense" ? snapshot.weights.at(-1) : snapshot.weights[block - 1])?.kernel.values;
    if (kind === "convolution") {
      if (values) set(name, largestOf(values) * (block > 1 ? CUT.deepMaps : 1));
      if (kernel) set(`w${name}`, largestOf(kernel));
      // Small random numbers would be pale in the colours of those that they become.
      const before = block === 1 ? start?.weights[0]?.kernel.values : undefined;
      if (before) set(`s${name}`, largestOf(before));
    } else if (kind === "activation" && values) {
      set(name, largestOf(values));
    } else if (kind === "pool") {
      // The pool of a map has the colours of the map.
      limits[name] = limits[`a${block}`] ?? 1;
    } else if (kind === "dense" && kernel) {
      set(`w${name}`, largestOf(kernel) * CUT.denseWeights);
    }
  }
  return limits;
}
