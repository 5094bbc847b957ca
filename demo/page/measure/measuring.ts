/** Measures this device. Only a worker loads it, and only when it is asked to: the bench's cases, its clock and its checks. */
import type { Backend } from "webgpu-cnn";
import { prepareCall } from "../../../bench/calls.js";
import { type Row, rowsOf } from "../../../bench/caseRows.js";
import { higherCeiling } from "../../../bench/ceiling.js";
import { Checker } from "../../../bench/check.js";
import { LARGE_CASE, MIDDLE_CASE, POOL_CASES, REFERENCE_CASES, SMALL_CASE } from "../../../bench/mainCases.js";
import { makeInputs } from "../../../bench/operands.js";
import { workOf } from "../../../bench/tasks.js";
import { type Effort, type Timed, timeInterleaved, timeRuns, wallClock } from "../../../bench/timing.js";
import type { Line } from "../worker/answers.js";
import { nextTask } from "../worker/turns.js";
import type {
  Kind,
  Measured,
  MeasuredCall,
  MeasuredDevice,
  MeasuredPart,
  MeasureQuestion,
  Speed,
} from "./measurements.js";
import { type Opened, openStand, type Stand } from "./stands.js";
import { trainLeNet } from "./training.js";
import { detailOf, groupOf, titleOf } from "./words.js";

const KINDS: readonly Kind[] = ["webgpu", "wasm"];

const EFFORTS: Readonly<Record<"quick" | "thorough", Effort>> = {
  quick: { fewestRounds: 3, mostRounds: 7, milliseconds: 150, clock: wallClock },
  thorough: { fewestRounds: 5, mostRounds: 15, milliseconds: 600, clock: wallClock },
};

/** Measures all there is, and sends each number when it is there. @throws (rejects with) Error if values are wrong */
export async function measure({ quick }: MeasureQuestion, { report, signal }: Line<MeasuredPart>): Promise<Measured> {
  const effort = quick ? EFFORTS.quick : EFFORTS.thorough;
  const opened: Opened[] = [];
  for (const kind of KINDS) {
    report(0, { type: "now", title: "the limits of this device" });
    const stand = await openStand(kind);
    opened.push(stand);
    report(0, { type: "device", device: stand.found });
  }
  const stands = opened.flatMap(({ stand }) => stand ?? []);
  const sides = await Promise.all(stands.map(async (stand) => ({ stand, backend: await stand.open() })));
  const rows = rowsFor(quick, opened);
  const parts = rows.length + 1;
  const calls: MeasuredCall[] = [];
  for (const [i, row] of rows.entries()) {
    signal.throwIfAborted();
    report(i / parts, { type: "now", title: `${titleOf(row.task)}, ${detailOf(row.task)}` });
    const call = await measureCall(row, sides, effort);
    calls.push(call);
    report((i + 1) / parts, { type: "call", call });
    await nextTask();
  }
  for (const { backend } of sides) backend.destroy();
  report(rows.length / parts, { type: "now", title: "the training of a LeNet" });
  const training = await trainLeNet(stands, effort);
  const devices: MeasuredDevice[] = [];
  for (const { found, stand } of opened) {
    const limits = stand && found.limits && higherCeiling(found.limits, await stand.measureLimits());
    devices.push({ ...found, limits });
    report(1, { type: "device", device: { ...found, limits } });
  }
  return { devices, calls, training };
}

/** From the least work to the most, then the pools. The case with a large batch is for a graphics card. */
function rowsFor(quick: boolean, opened: readonly Opened[]): Row[] {
  const hasCard = opened.some(({ found }) => found.kind === "webgpu" && found.device && !found.device.software);
  const convolutions = [SMALL_CASE, MIDDLE_CASE, ...REFERENCE_CASES, ...(hasCard ? [LARGE_CASE] : [])];
  const passes = quick ? ["forward"] : ["forward", "dx", "dw"];
  const rows = convolutions.flatMap((found) => rowsOf(found, "").filter(({ kind }) => passes.includes(kind)));
  const flops = ({ task }: Row) => workOf(task).flops ?? 0;
  const pools = POOL_CASES.flatMap((found) =>
    rowsOf(found, "").filter(({ kind }) => !quick || kind === "pool forward"),
  );
  return [...rows.sort((a, b) => flops(a) - flops(b)), ...pools];
}

/** Milliseconds. An engine compiles what it runs often, and a clock that ticks coarsely needs long samples. */
const WARMING = 80;

/** Runs a call more and more often. Else the first calls, which are slow, would set how many there are in a sample. */
async function warmUp(prepared: Timed): Promise<void> {
  const started = performance.now();
  for (let runs = 1; performance.now() - started < WARMING; runs *= 2) await prepared.run(runs);
}

interface Side {
  readonly stand: Stand;
  readonly backend: Backend;
}

async function measureCall({ name, task }: Row, sides: readonly Side[], effort: Effort): Promise<MeasuredCall> {
  const work = workOf(task);
  const inputs = makeInputs(task);
  const checker = new Checker(task, inputs);
  const speeds: Partial<Record<Kind, Speed>> = {};
  for (const { stand, backend } of sides) {
    speeds[stand.kind] = await measureOn(backend, stand);
  }
  const { flops, bytes } = work;
  return { name, title: titleOf(task), detail: detailOf(task), group: groupOf(task), flops, bytes, speeds };

  async function measureOn(backend: Backend, stand: Stand): Promise<Speed> {
    const prepared = prepareCall(backend, () => stand.finish(backend), task, inputs);
    const firstMilliseconds = await timeRuns(prepared, 1, effort.clock);
    const { ofBound } = checker.compare(await prepared.read());
    if (!(ofBound <= 1))
      throw new Error(`${name} on ${stand.kind} is wrong: ${ofBound} times the error that is allowed`);
    await warmUp(prepared);
    const [timing] = await timeInterleaved([prepared], effort);
    prepared.dispose();
    await backend.settled();
    stand.check();
    if (!timing) throw new Error(`${name}: nothing was timed`);
    const { median, samples, runs } = timing;
    return { milliseconds: median, samples, runs, firstMilliseconds, errorOfBound: ofBound };
  }
}
