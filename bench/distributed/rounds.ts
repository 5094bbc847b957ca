import type { Backend } from "webgpu-cnn";
import { plainRounds } from "../../test/distributed/support/plainRounds.js";
import { formatNumber } from "../format.js";
import type { Progress } from "../progress.js";
import { median } from "../timing.js";
import { type JobResult, runJob, sameBits } from "./job.js";
import type { RoundCosts } from "./scaling.js";
import type { Call, Span } from "./spans.js";
import { TASKS, type TaskName } from "./tasks.js";

/** What is trained, and how it is divided. */
interface Setting {
  readonly task: TaskName;
  readonly localSteps: number;
  readonly precision: "float32" | "float16";
}

/** The parts of a round. Times are medians over rounds, in milliseconds. */
export interface RoundParts extends Setting {
  readonly rounds: number;
  /** The whole round, as the coordinator reports it. */
  readonly round: number;
  /** A worker gets the weights. */
  readonly download: number;
  /** A worker computes one replica. */
  readonly compute: number;
  /** A worker stores one answer. The next replica is computed meanwhile. */
  readonly upload: number;
  /** The coordinator asks for one answer that is there, reads it, checks it and adds it. */
  readonly answer: number;
  /** From the last answer to the first byte that is stored: mean, step of the optimizer, reading, encoding. */
  readonly apply: number;
  /** The weights and the state are stored, and the record is changed. */
  readonly put: number;
  /** The replicas of the next round are published. */
  readonly publish: number;
  /** What one worker gets for a round. */
  readonly bytesDown: number;
  /** One answer. */
  readonly bytesUp: number;
  /** What the coordinator sends and receives in a round, with what the protocol adds. */
  readonly sent: number;
  readonly received: number;
  /** Whether the weights have the bits of the plain computation. Undefined for "float16", which has its own. */
  readonly isRight: boolean | undefined;
}

const WORKERS = 2;
const REPLICAS = 4;
const BATCH: Readonly<Record<TaskName, number>> = { lenet: 64, resnet8: 64 };
/** In the first ones, steps are compiled and recorded. */
const WARM_UP = 2;

const SETTINGS: readonly Setting[] = (["lenet", "resnet8"] as const).flatMap((task) =>
  [1, 8].flatMap((localSteps) =>
    (["float32", "float16"] as const).map((precision) => ({ task, localSteps, precision })),
  ),
);

/** Measures where the time and the bytes of a round go. */
export async function measureRounds(
  servers: string,
  backend: Backend,
  rounds: number,
  progress: Progress,
): Promise<readonly RoundParts[]> {
  const results: RoundParts[] = [];
  for (const setting of SETTINGS) {
    const { task: name, localSteps, precision } = setting;
    progress.show(`rounds of ${name}, ${localSteps} local steps, ${precision}`);
    const task = TASKS[name];
    const batchSize = BATCH[name];
    const examples = batchSize * localSteps * rounds;
    const division = { replicas: REPLICAS, localSteps, batchSize, epochs: 1 };
    const job = await runJob(backend, { ...{ servers, task, examples, precision, workers: WORKERS }, ...division });
    const isRight = precision === "float32" ? await isPlain(backend, job, { ...division, name, examples }) : undefined;
    const parts = { ...setting, ...partsOf(job), isRight };
    results.push(parts);
    for (const line of roundLines([parts], results.length === 1)) progress.print(line);
  }
  return results;
}

interface Division {
  readonly name: TaskName;
  readonly examples: number;
  readonly replicas: number;
  readonly localSteps: number;
  readonly batchSize: number;
}

async function isPlain(backend: Backend, job: JobResult, { name, examples, ...division }: Division): Promise<boolean> {
  const { model, optimizer, data } = TASKS[name];
  const given = {
    backend,
    model,
    optimizer,
    data: await data(examples),
    seed: 1,
    loss: "softmaxCrossEntropy",
  } as const;
  const plain = await plainRounds({ ...given, ...division });
  return sameBits(job.values, plain.at(-1) ?? new Map());
}

/** Where the time of a job's rounds went. */
export function partsOf(job: JobResult): Omit<RoundParts, keyof Setting | "isRight"> {
  const { reports, spans, workers } = job;
  const warm = reports.filter(({ round }) => round > WARM_UP);
  const ofWorkers = workers.flatMap((worker) => worker.spans);
  const round = ({ name = "" }: Span) => Number(/\d+/.exec(name)?.[0]);
  const isWarm = (span: Span) => round(span) >= WARM_UP;
  const durations = (list: readonly Span[]) => middle(list.map(({ start, end }) => end - start));
  const gets = ofWorkers.filter(
    (span) => span.call === "get" && /^(weights|change)\./.test(span.name ?? "") && isWarm(span),
  );
  // A large answer is an object beside its message.
  const answers = groupsOf(
    ofWorkers.filter((span) => (span.call === "publishAnswer" || span.call === "putAnswer") && isWarm(span)),
  );
  const serial = serialParts(
    spans,
    warm.map(({ round }) => round),
  );
  return {
    rounds: warm.length,
    round: middle(warm.map(({ seconds }) => 1000 * seconds)),
    download: durations(gets),
    compute: middle(
      workers
        .flatMap(({ computed }) => computed.filter(({ round }) => round > WARM_UP))
        .map(({ seconds }) => 1000 * seconds),
    ),
    upload: middle(answers.map((group) => total(group.map(({ start, end }) => end - start)))),
    ...serial,
    bytesDown: middle(gets.map(({ bytes }) => bytes)),
    bytesUp: middle(answers.map((group) => total(group.map(({ bytes }) => bytes)))),
    sent: middle(warm.map(({ bytes }) => bytes.sent)),
    received: middle(warm.map(({ bytes }) => bytes.received)),
  };
}

/** What the coordinator does while the workers wait, and for each answer. */
function serialParts(spans: readonly Span[], rounds: readonly number[]) {
  const of = (call: Call) => spans.filter((span) => span.call === call).sort((a, b) => a.start - b.start);
  const [puts, records, publications] = [of("put"), of("replaceRecord"), of("publishWork")];
  const begin = puts.find(({ name }) => name === `weights.${WARM_UP}`)?.end ?? Number.POSITIVE_INFINITY;
  const answers = of("answers").filter(({ start }) => start >= begin);
  const parts = rounds.flatMap((round) => {
    // The weights of a round are stored when those of the round before are averaged.
    const stored = puts.filter(({ name }) => new RegExp(`^(weights|state|change)\\.${round}$`).test(name ?? ""));
    const [put] = stored;
    const record = records.find(({ start }) => put && start >= put.start);
    const before = answers.filter(({ end, bytes }) => put && end <= put.start && bytes > 0);
    const last = before.at(-1);
    if (!put || !record || !last) return [];
    // The name is "COORDINATOR.ROUND.…".
    const next = publications.filter(({ name = "" }) => name.split(".")[1] === String(round));
    return [
      {
        apply: put.start - last.end,
        put: record.end - put.start,
        publish: next.length > 0 ? Math.max(...next.map(({ end }) => end)) - record.end : Number.NaN,
      },
    ];
  });
  // What comes between two questions for answers.
  const between = answers.flatMap(({ end, bytes }, i) => {
    const next = answers[i + 1];
    const interrupted = puts.some(({ start }) => next && start > end && start < next.start);
    return bytes > 0 && next && !interrupted ? [next.start - end] : [];
  });
  // The quickest questions for answers did not wait for a worker.
  const quick = answers
    .filter(({ bytes }) => bytes > 0)
    .map(({ start, end }) => end - start)
    .sort((a, b) => a - b);
  return {
    answer: middle(between) + (quick[Math.floor(quick.length / 10)] ?? Number.NaN),
    apply: middle(parts.map(({ apply }) => apply)),
    put: middle(parts.map(({ put }) => put)),
    publish: middle(parts.map(({ publish }) => publish).filter((time) => !Number.isNaN(time))),
  };
}

/** The spans of one answer, which is one message, or an object and a message. */
function groupsOf(spans: readonly Span[]): readonly (readonly Span[])[] {
  const groups = new Map<string, Span[]>();
  for (const span of spans) {
    const key = (span.name ?? "").split(".").slice(0, 2).join(".");
    groups.set(key, [...(groups.get(key) ?? []), span]);
  }
  return [...groups.values()];
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const middle = (values: readonly number[]) => (values.length > 0 ? median(values) : Number.NaN);

/** The results as lines of a table. */
export function roundLines(results: readonly RoundParts[], withHeading = true): string[] {
  const columns: readonly (readonly [title: string, width: number, cell: (parts: RoundParts) => string])[] = [
    ["task", 8, ({ task }) => task],
    ["steps", 5, ({ localSteps }) => String(localSteps)],
    ["precision", 9, ({ precision }) => precision],
    ["round ms", 8, ({ round }) => formatNumber(round)],
    ["download", 8, ({ download }) => formatNumber(download)],
    ["compute", 8, ({ compute }) => formatNumber(compute)],
    ["upload", 8, ({ upload }) => formatNumber(upload)],
    ["answer", 8, ({ answer }) => formatNumber(answer)],
    ["apply", 8, ({ apply }) => formatNumber(apply)],
    ["put", 8, ({ put }) => formatNumber(put)],
    ["publish", 8, ({ publish }) => formatNumber(publish)],
    ["kB down", 8, ({ bytesDown }) => formatNumber(bytesDown / 1000)],
    ["kB up", 8, ({ bytesUp }) => formatNumber(bytesUp / 1000)],
    ["kB sent", 8, ({ sent }) => formatNumber(sent / 1000)],
    ["kB recvd", 8, ({ received }) => formatNumber(received / 1000)],
    ["bits", 5, ({ isRight }) => (isRight === undefined ? "own" : isRight ? "right" : "✗")],
  ];
  const heading = columns.map(([title, width]) => title.padStart(width)).join("  ");
  const rows = results.map((parts) => columns.map(([, width, cell]) => cell(parts).padStart(width)).join("  "));
  return [...(withHeading ? [heading] : []), ...rows];
}

/** What is wrong with the values. */
export function roundProblems(results: readonly RoundParts[]): string[] {
  return results
    .filter(({ isRight }) => isRight === false)
    .map(({ task, localSteps }) => `${task}, ${localSteps} local steps: other bits than the plain computation`);
}

/** The costs of a round for the model on paper, from the parts of one with a single local step. */
export function costsOf({
  compute,
  answer,
  apply,
  put,
  publish,
  bytesDown,
  bytesUp,
  sent,
  localSteps,
}: RoundParts): RoundCosts {
  return {
    stepSeconds: compute / 1000 / localSteps,
    bytesDown,
    bytesUp,
    bytesStored: sent,
    serialSeconds: (apply + put) / 1000,
    answerSeconds: (answer + publish / REPLICAS) / 1000,
  };
}
