/** Which backend is best for which size of work, in plain words. Pure. */
import type { Kind, MeasuredCall, MeasuredTraining } from "./measurements.js";

export const NAMES: Readonly<Record<Kind, string>> = { webgpu: "WebGPU", wasm: "WebAssembly" };

/** Closer than this, nobody notices who is faster. */
const TIE = 1.1;

/** How many times as fast WebGPU is. Undefined if a backend is missing. */
export function ratioOf({ speeds: { webgpu, wasm } }: MeasuredCall): number | undefined {
  return webgpu && wasm && wasm.milliseconds / webgpu.milliseconds;
}

/** The faster backend of a call; undefined if there is only one, or they are alike. */
export function fasterOf(call: MeasuredCall): Kind | undefined {
  const ratio = ratioOf(call);
  if (ratio === undefined) return undefined;
  return ratio > TIE ? "webgpu" : ratio < 1 / TIE ? "wasm" : undefined;
}

/** @param reason why a backend is missing, if one is */
export function verdictOf(
  calls: readonly MeasuredCall[],
  training: MeasuredTraining | undefined,
  reasons: Readonly<Partial<Record<Kind, string>>>,
): string[] {
  for (const missing of ["webgpu", "wasm"] as const) {
    const other = missing === "webgpu" ? "wasm" : "webgpu";
    if (reasons[missing] !== undefined)
      return [`${NAMES[other]} is what this device has: there is no ${NAMES[missing]} here`];
  }
  const compared = calls.filter(({ flops, speeds }) => flops && speeds.webgpu && speeds.wasm);
  if (compared.length === 0) return [];
  const sentences = [sentenceOnSizes(compared)];
  const { webgpu, wasm } = training?.picturesPerSecond ?? {};
  if (webgpu && wasm) {
    const best = webgpu > wasm ? "webgpu" : "wasm";
    const ratio = Math.max(webgpu, wasm) / Math.min(webgpu, wasm);
    sentences.push(
      ratio < TIE
        ? "They train a small network equally fast."
        : `A small network trains ${timesFaster(ratio)} on ${NAMES[best]}.`,
    );
  }
  return sentences;
}

function sentenceOnSizes(compared: readonly MeasuredCall[]): string {
  const sorted = [...compared].sort((a, b) => (a.flops ?? 0) - (b.flops ?? 0));
  const ratios = sorted.map((call) => ratioOf(call) ?? 1);
  for (const kind of ["webgpu", "wasm"] as const) {
    const faster = ratios.map((ratio) => (kind === "webgpu" ? ratio : 1 / ratio));
    if (Math.min(...faster) < 1) continue;
    return `${NAMES[kind]} is best here for every size of work, up to ${timesFaster(Math.max(...faster))}`;
  }
  // The size that parts those that WebGPU wins from those that it does not, with the fewest exceptions.
  const wins = ratios.map((ratio) => ratio > 1);
  const count = (list: readonly boolean[], value: boolean) => list.filter((won) => won === value).length;
  let best: { readonly at: number; readonly wrong: number; readonly large: Kind } = {
    at: 0,
    wrong: Number.POSITIVE_INFINITY,
    large: "webgpu",
  };
  for (let at = 0; at <= sorted.length; at++) {
    for (const large of ["webgpu", "wasm"] as const) {
      const won = large === "webgpu";
      const wrong = count(wins.slice(0, at), won) + count(wins.slice(at), !won);
      if (wrong < best.wrong) best = { at, wrong, large };
    }
  }
  const { at, wrong, large } = best;
  const small = large === "webgpu" ? "wasm" : "webgpu";
  if (at === 0 || at === sorted.length) {
    return `${NAMES[at === 0 ? large : small]} is best here for most work, with ${wrong === 1 ? "one exception" : `${wrong} exceptions`}`;
  }
  const limit = operations(Math.sqrt((sorted[at - 1]?.flops ?? 1) * (sorted[at]?.flops ?? 1)));
  const exceptions = wrong === 0 ? "" : wrong === 1 ? ", with one exception" : `, with ${wrong} exceptions`;
  return `${NAMES[small]} is best here up to about ${limit} operations a call, ${NAMES[large]} beyond${exceptions}`;
}

const timesFaster = (ratio: number) =>
  ratio < TIE ? "a little faster" : `${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio)} times as fast`;

const UNITS = [
  [1e9, "billion"],
  [1e6, "million"],
  [1e3, "thousand"],
] as const;

/** Such as "20 million", with one or two digits. */
export function operations(value: number): string {
  const [unit, name] = UNITS.find(([least]) => value >= least) ?? [1, ""];
  const scaled = value / unit;
  return `${scaled < 10 ? Number(scaled.toPrecision(1)) : Number(scaled.toPrecision(2))} ${name}`.trim();
}
