import { count, exact, percent } from "../look/words.js";
import {
  type Kind,
  type Limits,
  type MeasuredCall,
  type MeasuredDevice,
  type MeasuredTraining,
  ofCeiling,
  type Speed,
} from "./measurements.js";
import { fasterOf, NAMES } from "./verdict.js";

const KINDS: readonly Kind[] = ["webgpu", "wasm"];

const TITLES: Readonly<Record<MeasuredCall["group"], string>> = {
  convolution: "Convolutions, from the least work to the most",
  pool: "Pools",
};

interface CallsProps {
  readonly calls: readonly MeasuredCall[];
  readonly devices: readonly MeasuredDevice[];
}

/** All calls with their numbers. The longer bar is the faster backend. */
export function Calls({ calls, devices }: CallsProps) {
  return (
    <>
      {(["convolution", "pool"] as const).map((group) => {
        const found = calls.filter((call) => call.group === group);
        return (
          found.length > 0 && (
            <section key={group}>
              <h2>{TITLES[group]}</h2>
              <ul class="measured">
                {found.map((call) => (
                  <li key={call.name}>
                    <p>
                      {call.title}
                      <span class="small"> {call.detail}</span>
                    </p>
                    <Bars best={fasterOf(call)} speeds={speedsOf(call, devices)} />
                  </li>
                ))}
              </ul>
            </section>
          )
        );
      })}
    </>
  );
}

/** How many pictures a second a LeNet learns from. */
export function TrainingBars({ training }: { readonly training: MeasuredTraining }) {
  const { webgpu, wasm } = training.picturesPerSecond;
  const speeds = KINDS.flatMap((kind) => {
    const rate = training.picturesPerSecond[kind];
    return rate ? [{ kind, rate, texts: [`${count(Math.round(rate))} pictures a second`] }] : [];
  });
  const best = webgpu && wasm ? (webgpu > wasm ? "webgpu" : "wasm") : undefined;
  return (
    <section>
      <h2>Training</h2>
      <ul class="measured">
        <li>
          <p>
            LeNet
            <span class="small"> batches of 64 pictures of 28 × 28, Adam</span>
          </p>
          <Bars best={best} speeds={speeds} />
        </li>
      </ul>
    </section>
  );
}

interface Bar {
  readonly kind: Kind;
  /** Of any unit; larger is faster. */
  readonly rate: number;
  /** In columns. */
  readonly texts: readonly string[];
}

function Bars({ speeds, best }: { readonly speeds: readonly Bar[]; readonly best: Kind | undefined }) {
  const fastest = Math.max(...speeds.map(({ rate }) => rate));
  return (
    <div class="bars">
      {speeds.map(({ kind, rate, texts }) => (
        <div key={kind} class={kind === best ? "bar best" : "bar"}>
          <span class="name">{NAMES[kind]}</span>
          <span class="track" aria-hidden="true">
            <span class={kind} style={{ width: `${Math.max(0.5, (100 * rate) / fastest)}%` }} />
          </span>
          <span class="texts">
            {texts.map((text) => (
              <span key={text}>{text} </span>
            ))}
          </span>
        </div>
      ))}
    </div>
  );
}

function speedsOf(call: MeasuredCall, devices: readonly MeasuredDevice[]): Bar[] {
  return KINDS.flatMap((kind) => {
    const speed = call.speeds[kind];
    const limits = devices.find((device) => device.kind === kind)?.limits;
    return speed ? [{ kind, rate: 1 / speed.milliseconds, texts: textsOf(call, speed, limits) }] : [];
  });
}

function textsOf(call: MeasuredCall, speed: Speed, limits: Limits | undefined): string[] {
  const { flops, bytes } = call;
  const { milliseconds } = speed;
  const rate = flops ? `${exact(flops / milliseconds / 1e6)} GFLOP/s` : `${exact(bytes / milliseconds / 1e6)} GB/s`;
  const share = limits ? ofCeiling(call, speed, limits) : Number.NaN;
  const ceiling = share > 1 ? "at the ceiling" : `${share < 0.001 ? "< 0.1 %" : percent(share)} of ceiling`;
  return [rate, `${exact(milliseconds)} ms`, ...(Number.isNaN(share) ? [] : [ceiling])];
}
