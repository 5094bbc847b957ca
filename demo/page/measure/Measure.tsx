import "./measure.css";
import { useState } from "preact/hooks";
import type { RoomProps } from "../App.js";
import { nameOf } from "../learn/DeviceLine.js";
import { exact } from "../look/words.js";
import { BeforeMeasuring } from "./BeforeMeasuring.js";
import { Calls, TrainingBars } from "./Calls.js";
import { Chart } from "./Chart.js";
import type { Kind, Measured, MeasuredDevice } from "./measurements.js";
import { type Measuring, useMeasuring } from "./useMeasuring.js";
import { NAMES, verdictOf } from "./verdict.js";

/** How fast the library is on this device, and on what. */
export function Measure({ network }: RoomProps) {
  const { state, start, stop } = useMeasuring(network);
  const { running, calls, devices, measured, error, progress, now, paused, quick } = state;
  const verdict = measured ? verdictOf(calls, measured.training, reasonsOf(devices)) : [];
  return (
    <div class="measure">
      <div class="tool-top">
        <div>
          <h1>{verdict[0] ?? (running ? titleOf(state) : "How fast is this device, and what is best on it?")}</h1>
          <p class="quiet">
            {verdict.slice(1).join(" ")} The same calls run on WebGPU and on WebAssembly. Every result is checked
            against a reference in double precision.
          </p>
        </div>
        <div class="tool-buttons">
          {!running && (
            <button type="button" onClick={() => start(false)}>
              Measure backward, too
            </button>
          )}
          {running ? (
            <button type="button" class="main" onClick={stop}>
              Stop
            </button>
          ) : (
            <button type="button" class="main" onClick={() => start(true)}>
              {measured ? "Measure again" : "Measure"}
            </button>
          )}
        </div>
      </div>
      {!running && calls.length === 0 && <BeforeMeasuring device={network.device} />}
      {error && <p role="alert">It did not work: {error}</p>}
      {running && (
        <div class="tool-progress">
          <progress aria-label="Measured so far" value={progress} max={1} />
          <span class="small">Now: {now}</span>
        </div>
      )}
      {running && (
        <p class="small">
          {paused ? "The network in Learn waits until this is done. " : ""}Other work on this device makes the numbers
          smaller.
        </p>
      )}
      <p class="unseen" role="status">
        {verdict.join(". ")}
      </p>
      {devices.length > 0 && (
        <dl class="measured-devices">
          {devices.map((device) => (
            <DeviceEntry key={device.kind} {...device} />
          ))}
        </dl>
      )}
      {calls.some(({ flops }) => flops) && <Chart calls={calls} devices={devices} />}
      <Calls calls={calls} devices={devices} />
      {measured && <TrainingBars training={measured.training} />}
      {measured && <AsJson measured={measured} quick={quick} />}
    </div>
  );
}

const titleOf = ({ calls, progress }: Measuring) =>
  calls.length === 0
    ? "Measuring what this device can do at most …"
    : `Measuring: ${Math.round(100 * progress)} % is done`;

function reasonsOf(devices: readonly MeasuredDevice[]): Partial<Record<Kind, string>> {
  return Object.fromEntries(devices.flatMap(({ kind, reason }) => (reason === undefined ? [] : [[kind, reason]])));
}

function DeviceEntry({ kind, device, reason, limits }: MeasuredDevice) {
  return (
    <div>
      <dt>{NAMES[kind]}</dt>
      <dd>
        {device ? nameOf(device) : `not here: ${reason}`}
        {limits && (
          <span class="small">
            {" "}
            at most {exact(limits.flopsPerSecond / 1e9)} GFLOP/s, {exact(limits.bytesPerSecond / 1e9)} GB/s
          </span>
        )}
      </dd>
    </div>
  );
}

const COPIED_FOR = 2000;

function AsJson({ measured, quick }: { readonly measured: Measured; readonly quick: boolean }) {
  const [said, say] = useState("");
  const text = JSON.stringify(
    { effort: quick ? "quick" : "thorough", browser: navigator.userAgent, ...measured },
    null,
    2,
  );
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say("Copied");
    } catch {
      say("Select the text below");
    }
    setTimeout(() => say(""), COPIED_FOR);
  };
  return (
    <section class="json">
      <button type="button" onClick={copy}>
        <span aria-live="polite">{said || "Copy as JSON"}</span>
      </button>
      <details>
        <summary>All numbers as JSON</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys must be able to scroll it. */}
        <pre tabIndex={0}>{text}</pre>
      </details>
    </section>
  );
}
