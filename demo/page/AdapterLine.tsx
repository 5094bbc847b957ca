import type { Lesson } from "./useLesson.js";
import { exact } from "./words.js";

/** What computed the page, how long it took, and how it agrees with the CPU reference. */
export function AdapterLine({ told, verdict, refusal }: Lesson) {
  if (!told) return refusal ? null : <p class="adapter">Opening a backend…</p>;
  const { adapter } = told;
  const agreement = verdict?.agreement;
  const time = <b data-time>{(verdict ?? told).milliseconds.toFixed(1)} ms</b>;
  if (adapter.kind === "cpu") {
    return (
      <p class="adapter" data-adapter="cpu">
        Computed on the <b>CPU</b> in {time}, in a worker, by the library's reference
        {adapter.reason ? `, since there is nothing faster here (${adapter.reason}).` : ", as chosen."}
      </p>
    );
  }
  return (
    <p class="adapter" data-adapter={adapter.kind}>
      {adapter.kind === "wasm" ? (
        <span title={adapter.reason}>
          Computed by <b>WebAssembly</b> on {adapter.threads === 1 ? "one thread" : `${adapter.threads} threads`}
        </span>
      ) : (
        <span>
          Computed by WebGPU on <b>{adapter.name}</b>
          {adapter.software ? " (a software adapter)" : ""}
        </span>
      )}{" "}
      in {time}
      {verdict && told.milliseconds > 10 * verdict.milliseconds
        ? ` (${told.milliseconds.toFixed(0)} ms the first time, with compiling)`
        : ""}
      .{" "}
      {agreement ? (
        <span class="agrees" data-agreement={agreement.largestShare <= 1 ? "yes" : "no"}>
          {agreement.largestShare <= 1 ? "✓" : "✗"} {agreement.tensors} tensors compared with the CPU reference: largest
          error {exact(agreement.largestError)}, {exact(100 * agreement.largestShare)} % of what is promised.
        </span>
      ) : (
        <span class="agrees">comparing with the CPU reference…</span>
      )}
    </p>
  );
}
