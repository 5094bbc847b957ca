import type { Settings } from "../../settings/settings.js";

interface CurveProps {
  readonly activation: Settings["activation"];
  readonly z: number;
  readonly a: number;
  /** Of the numbers before. */
  readonly limit: number;
}

const SIDE = 120;

/** The shape of an activation, with this number on it. The line is drawn for the eye; the number comes from the library. */
export function Curve({ activation, z, a, limit }: CurveProps) {
  const shape = {
    relu: (x: number) => Math.max(0, x),
    leakyRelu: (x: number) => (x < 0 ? 0.01 * x : x),
    tanh: Math.tanh,
    sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  }[activation];
  const high = activation === "tanh" || activation === "sigmoid" ? 1.2 : limit;
  const x = (value: number) => SIDE / 2 + (value / limit) * (SIDE / 2 - 4);
  const y = (value: number) => SIDE / 2 - (value / high) * (SIDE / 2 - 4);
  const points = Array.from({ length: 41 }, (_, i) => limit * (i / 20 - 1));
  return (
    <svg class="curve" width={SIDE} height={SIDE} aria-hidden="true">
      <path class="axes" d={`M0 ${SIDE / 2}H${SIDE}M${SIDE / 2} 0V${SIDE}`} />
      <path
        class="shape"
        d={points.map((p, i) => `${i ? "L" : "M"}${x(p).toFixed(1)} ${y(shape(p)).toFixed(1)}`).join("")}
      />
      <path class="axes" d={`M${x(z)} ${SIDE / 2}V${y(a)}H${SIDE / 2}`} />
      <circle cx={x(z)} cy={y(a)} r="4" />
    </svg>
  );
}
