import { useEffect, useRef, useState } from "preact/hooks";
import { exact } from "../look/words.js";
import type { Kind, MeasuredCall, MeasuredDevice } from "./measurements.js";
import { NAMES, operations } from "./verdict.js";

interface ChartProps {
  readonly calls: readonly MeasuredCall[];
  readonly devices: readonly MeasuredDevice[];
}

const HEIGHT = 280;
const EDGES = { left: 48, right: 16, top: 12, bottom: 40 };
const KINDS: readonly Kind[] = ["webgpu", "wasm"];
const GIGA = 1e9;

interface Point {
  readonly call: MeasuredCall;
  readonly x: number;
  readonly y: number;
}

/** The speed of the convolutions by the size of their work. Both axes are logarithms, so a step is ten times as much. */
export function Chart({ calls, devices }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const convolutions = calls.filter(({ flops }) => flops);
  const limits = devices.flatMap(({ kind, limits }) => (limits ? [{ kind, flops: limits.flopsPerSecond / GIGA }] : []));
  const rates = KINDS.flatMap((kind) => convolutions.map((call) => rateOf(call, kind))).filter(
    (rate) => rate !== undefined,
  );
  const across = scale(
    convolutions.map(({ flops = 1 }) => flops),
    EDGES.left,
    width - EDGES.right,
  );
  const up = scale([...rates, ...limits.map(({ flops }) => flops)], HEIGHT - EDGES.bottom, EDGES.top);
  return (
    <div class="speed-chart" ref={box}>
      <p class="key small">
        {KINDS.map((kind) => (
          <span key={kind}>
            <svg width={12} height={12} aria-hidden="true">
              <Mark kind={kind} x={6} y={6} />
            </svg>{" "}
            {NAMES[kind]}
          </span>
        ))}
        <span>GFLOP/s, by the operations of a call</span>
      </p>
      <svg width={width} height={HEIGHT} role="img" aria-label={describe(convolutions)}>
        {up.ticks.map((value) => (
          <g key={value}>
            <line class="grid" x1={EDGES.left} x2={width - EDGES.right} y1={up.at(value)} y2={up.at(value)} />
            <text x={EDGES.left - 8} y={up.at(value) + 4} text-anchor="end">
              {exact(value)}
            </text>
          </g>
        ))}
        {across.ticks.map((value, i) => (
          <text
            key={value}
            x={across.at(value)}
            y={HEIGHT - 20}
            text-anchor={i === 0 ? "start" : i === across.ticks.length - 1 ? "end" : "middle"}
          >
            {width < 500 && i % 2 === 1 ? "" : operations(value)}
          </text>
        ))}
        <text x={width - EDGES.right} y={HEIGHT - 4} text-anchor="end">
          operations a call
        </text>
        {limits.map(({ kind, flops }) => (
          <g key={kind}>
            <line class="limit" x1={EDGES.left} x2={width - EDGES.right} y1={up.at(flops)} y2={up.at(flops)} />
            <text
              class="halo"
              x={kind === "webgpu" ? EDGES.left + 4 : width - EDGES.right}
              y={up.at(flops) - 4}
              text-anchor={kind === "webgpu" ? "start" : "end"}
            >
              {NAMES[kind]}: at most {exact(flops)}
            </text>
          </g>
        ))}
        {KINDS.map((kind) => (
          <Series key={kind} kind={kind} points={pointsOf(convolutions, kind, across.at, up.at)} />
        ))}
      </svg>
    </div>
  );
}

function Series({ kind, points }: { readonly kind: Kind; readonly points: readonly Point[] }) {
  const forward = points.filter(({ call }) => call.name.endsWith("forward"));
  return (
    <g class={kind}>
      <polyline points={forward.map(({ x, y }) => `${x},${y}`).join(" ")} />
      {points.map(({ call, x, y }) => (
        <Mark key={call.name} kind={kind} x={x} y={y} />
      ))}
    </g>
  );
}

/** A disc for WebGPU, a square for WebAssembly: they differ without colours, too. */
function Mark({ kind, x, y }: { readonly kind: Kind; readonly x: number; readonly y: number }) {
  return kind === "webgpu" ? (
    <circle class="mark webgpu" cx={x} cy={y} r={4.5} />
  ) : (
    <rect class="mark wasm" x={x - 4} y={y - 4} width={8} height={8} />
  );
}

function pointsOf(
  calls: readonly MeasuredCall[],
  kind: Kind,
  across: (value: number) => number,
  up: (value: number) => number,
): Point[] {
  return calls.flatMap((call) => {
    const rate = rateOf(call, kind);
    return rate === undefined ? [] : [{ call, x: across(call.flops ?? 1), y: up(rate) }];
  });
}

/** GFLOP/s. */
function rateOf({ flops, speeds }: MeasuredCall, kind: Kind): number | undefined {
  const speed = speeds[kind];
  return flops && speed ? flops / speed.milliseconds / 1e6 : undefined;
}

/** From the power of ten below the least value to that above the largest. */
function scale(values: readonly number[], from: number, to: number) {
  const least = Math.floor(Math.log10(Math.min(1, ...(values.length ? [Math.min(...values)] : []))));
  const first = values.length ? Math.floor(Math.log10(Math.min(...values))) : least;
  const last = values.length ? Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values)))) : first + 1;
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i)),
    at: (value: number) => from + ((Math.log10(value) - first) / (last - first)) * (to - from),
  };
}

function describe(calls: readonly MeasuredCall[]): string {
  const of = (kind: Kind) => {
    const rates = calls.map((call) => rateOf(call, kind)).filter((rate) => rate !== undefined);
    return rates.length
      ? `${NAMES[kind]} from ${exact(Math.min(...rates))} to ${exact(Math.max(...rates))} GFLOP/s`
      : "";
  };
  return `The speed of the convolutions by the size of their work: ${KINDS.map(of).filter(Boolean).join("; ")}. The list below has all numbers.`;
}

function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [width, set] = useState(320);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => set(Math.floor(element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}
