import { at, type Expected, type Operand, TermSums, valueAt, valuesOf } from "./operand.js";

export interface SgdOptions {
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
}

/** The next w and velocity, term by term. */
export function sgdUpdate(w: Operand, dw: Operand, velocity: Operand | undefined, hyper: Operand, options: SgdOptions) {
  const [weights, gradients] = [valuesOf("w", w, w.shape), valuesOf("dw", dw, w.shape)];
  const velocities = velocity && valuesOf("velocity", velocity, w.shape);
  const [rate = Number.NaN, scale = Number.NaN] = valuesOf("hyper", hyper, [2]);
  const momentum = Math.fround(options.momentum ?? 0);
  const decay = Math.fround(options.weightDecay ?? 0);
  const [nextW, nextVelocity] = [new TermSums(w.shape), new TermSums(w.shape)];
  for (let i = 0; i < weights.length; i++) {
    const terms = [
      momentum * (velocities ? valueAt(velocities, i) : 0),
      scale * valueAt(gradients, i),
      decay * valueAt(weights, i),
    ];
    nextW.add(i, valueAt(weights, i));
    for (const [part, term] of terms.entries()) {
      nextVelocity.add(i, term);
      // Nesterov: the gradient's part once, and the whole velocity times another momentum.
      const ahead = part === 0 ? momentum * term : (1 + momentum) * term;
      nextW.add(i, -rate * (options.nesterov ? ahead : term));
    }
  }
  return { w: nextW, velocity: nextVelocity };
}

export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
  readonly decoupled?: boolean;
}

/** The next w, m and v. The bound of w is not a sum of terms: its `magnitude` is |w| plus the parts of the step, each at its largest. */
export function adamUpdate(w: Operand, dw: Operand, m: Operand, v: Operand, hyper: Operand, options: AdamOptions) {
  const [rate = Number.NaN, scale = Number.NaN, mShare = Number.NaN, vShare = Number.NaN] = valuesOf(
    "hyper",
    hyper,
    [4],
  );
  const [beta1, beta2] = [Math.fround(options.beta1 ?? 0.9), Math.fround(options.beta2 ?? 0.999)];
  const [epsilon, decay] = [Math.fround(options.epsilon ?? 1e-7), Math.fround(options.weightDecay ?? 0)];
  const next = { w: blank(w.shape, 4), m: blank(w.shape, 4), v: blank(w.shape, 4) };
  for (let i = 0; i < w.data.length; i++) {
    const [weight, gradient, mean, square] = [at(w.data, i), at(dw.data, i), at(m.data, i), at(v.data, i)];
    const coupled = options.decoupled ? 0 : decay * weight;
    const apart = options.decoupled ? decay * weight : 0;
    const total = scale * gradient + coupled;
    const size = Math.abs(scale * gradient) + Math.abs(coupled);
    const nextMean = beta1 * mean + (1 - beta1) * total;
    const nextSquare = beta2 * square + (1 - beta2) * total ** 2;
    const meanSize = beta1 * Math.abs(mean) + (1 - beta1) * size;
    const squareSize = beta2 * square + (1 - beta2) * size ** 2;
    const divisor = Math.sqrt(nextSquare / vShare) + epsilon;
    const set = (of: keyof typeof next, value: number, magnitude: number) => {
      next[of].values[i] = value;
      next[of].magnitude[i] = magnitude;
    };
    set("m", nextMean, meanSize);
    set("v", nextSquare, squareSize);
    // 30 + 11 ρ of 24 units: see adamUpdateMagnitude.
    const units = (30 + 12 * (nextSquare > 0 ? squareSize / nextSquare : 1)) / 24;
    const lost = (rate * (meanSize * units + 2 ** -100)) / (mShare * divisor);
    set("w", weight - rate * (nextMean / mShare / divisor + apart), Math.abs(weight) + lost + Math.abs(rate * apart));
  }
  return next;
}

/** min(1, clipNorm / √sum), each within K = 3. */
export function clipScale(sumOfSquares: Operand, clipNorm: number): Expected {
  const sums = valuesOf("sumOfSquares", sumOfSquares, sumOfSquares.shape);
  const scaleOf = (sum: number) => (sum <= Math.fround(clipNorm) ** 2 ? 1 : Math.fround(clipNorm) / Math.sqrt(sum));
  const values = sums.map((sum) => (Number.isFinite(sum) ? scaleOf(sum) : Number.NaN));
  return { shape: sumOfSquares.shape, values, magnitude: values, terms: values.map(() => 3) };
}

function blank(shape: readonly number[], terms: number): Expected {
  const { values, magnitude, terms: counts } = new TermSums(shape);
  return { shape, values, magnitude, terms: counts.fill(terms) };
}

export interface RmspropOptions {
  readonly rho?: number;
  readonly momentum?: number;
  readonly epsilon?: number;
  readonly centered?: boolean;
  readonly weightDecay?: number;
  readonly decoupled?: boolean;
}

/** The next w, v, velocity and m, like Keras. A state that a step does not have is undefined. */
export function rmspropUpdate(
  { w, dw, v, velocity, m }: { [Name in "w" | "dw" | "v"]: Operand } & { velocity?: Operand; m?: Operand },
  hyper: Operand,
  options: RmspropOptions,
) {
  const [rate = Number.NaN, scale = Number.NaN] = valuesOf("hyper", hyper, [2]);
  const [rho, momentum] = [Math.fround(options.rho ?? 0.9), Math.fround(options.momentum ?? 0)];
  const [epsilon, decay] = [Math.fround(options.epsilon ?? 1e-7), Math.fround(options.weightDecay ?? 0)];
  const next = { w: blank(w.shape, 4), v: blank(w.shape, 4), velocity: blank(w.shape, 4), m: blank(w.shape, 4) };
  for (let i = 0; i < w.data.length; i++) {
    const weight = at(w.data, i);
    const [own, coupled] = [scale * at(dw.data, i), options.decoupled ? 0 : decay * weight];
    const apart = options.decoupled ? rate * decay * weight : 0;
    const [total, size] = [own + coupled, Math.abs(own) + Math.abs(coupled)];
    const blend = (average: number, value: number) => rho * average + (1 - rho) * value;
    const [square, squareSize] = [blend(at(v.data, i), total ** 2), blend(at(v.data, i), size ** 2)];
    const [mean, meanSize] = m ? [blend(at(m.data, i), total), blend(Math.abs(at(m.data, i)), size)] : [0, 0];
    const radicand = options.centered ? Math.max(0, square - mean ** 2) : square;
    const inertia = velocity ? momentum * at(velocity.data, i) : 0;
    const change = inertia + (rate * total) / Math.sqrt(radicand + epsilon);
    const changeSize =
      Math.abs(inertia) + rate * stepSize(total, size, radicand, 13 * squareSize + 16 * meanSize ** 2, epsilon);
    set(next.v, i, square, squareSize);
    set(next.m, i, mean, meanSize);
    set(next.velocity, i, change, changeSize);
    set(next.w, i, weight - change - apart, Math.abs(weight) + changeSize + Math.abs(apart));
  }
  return next;
}

export interface AdagradOptions {
  readonly epsilon?: number;
  readonly weightDecay?: number;
  readonly decoupled?: boolean;
}

/** The next w and accumulator, like Keras. */
export function adagradUpdate(w: Operand, dw: Operand, accumulator: Operand, hyper: Operand, options: AdagradOptions) {
  const [rate = Number.NaN, scale = Number.NaN] = valuesOf("hyper", hyper, [2]);
  const [epsilon, decay] = [Math.fround(options.epsilon ?? 1e-7), Math.fround(options.weightDecay ?? 0)];
  const next = { w: blank(w.shape, 4), accumulator: blank(w.shape, 4) };
  for (let i = 0; i < w.data.length; i++) {
    const weight = at(w.data, i);
    const [own, decayed] = [scale * at(dw.data, i), decay * weight];
    const [total, size] = options.decoupled ? [own, Math.abs(own)] : [own + decayed, Math.abs(own) + Math.abs(decayed)];
    const apart = options.decoupled ? rate * decayed : 0;
    const [sum, sumSize] = [at(accumulator.data, i) + total ** 2, at(accumulator.data, i) + size ** 2];
    set(next.accumulator, i, sum, sumSize);
    const value = weight - (rate * total) / Math.sqrt(sum + epsilon) - apart;
    set(
      next.w,
      i,
      value,
      Math.abs(weight) + rate * stepSize(total, size, sum, 11 * sumSize, epsilon) + Math.abs(apart),
    );
  }
  return next;
}

/** The largest g / √(radicand + epsilon) that rounding may lead to, and its distance from the exact one, of 24 units. */
function stepSize(total: number, size: number, radicand: number, units: number, epsilon: number): number {
  const sum = radicand + epsilon;
  const error = units * 2 ** -24 + 2 ** -124;
  const least = Math.max(0, radicand - error) + epsilon - sum * 2 ** -24;
  if (least <= 0) return Number.POSITIVE_INFINITY;
  const most = sum * (1 + 2 ** -24) + error;
  const gap = Math.abs(total) * Math.max(least ** -0.5 - sum ** -0.5, sum ** -0.5 - most ** -0.5);
  return (size + 2 ** -100) * least ** -0.5 + (gap * 2 ** 24) / 24;
}

function set(of: Expected, i: number, value: number, magnitude: number): void {
  of.values[i] = value;
  of.magnitude[i] = magnitude;
}
