import { formatNumber } from "../format.js";

/** What a round costs, measured with few workers. */
export interface RoundCosts {
  /** A worker's time for one local step of one replica, in seconds. */
  readonly stepSeconds: number;
  /** What each worker gets of the server in a round. */
  readonly bytesDown: number;
  /** An answer. */
  readonly bytesUp: number;
  /** What the coordinator sends to be stored in a round. */
  readonly bytesStored: number;
  /** What the coordinator does once in a round while all workers wait: it applies the mean and stores the round, in seconds. */
  readonly serialSeconds: number;
  /** What the coordinator does for each answer, in seconds: it reads, checks and adds it, and publishes the replica. */
  readonly answerSeconds: number;
}

/** What lies between the machines. */
export interface Network {
  /** Of the server and of the coordinator, in each direction, in bytes per second. */
  readonly serverBandwidth: number;
  /** Of a worker. */
  readonly workerBandwidth: number;
  /** One way between a machine and the server, in seconds. */
  readonly latency: number;
}

export interface Division {
  readonly workers: number;
  readonly replicas: number;
  readonly localSteps: number;
}

/**
 * The ways through the network that a round takes one after the other: work is published, asked for and given; weights are asked for and given in
 * two questions; an answer goes to the server and to the coordinator; the coordinator stores and publishes.
 */
const WAYS = 12;

/**
 * The time of a round, in seconds, on paper. All workers are alike. Weights leave the server one after the other. While replicas are computed, the
 * answers of earlier ones travel; those of the last ones come at the same time.
 */
export function roundSeconds(costs: RoundCosts, network: Network, { workers, replicas, localSteps }: Division): number {
  const busy = Math.min(workers, replicas);
  const compute = localSteps * costs.stepSeconds;
  const down = Math.max(costs.bytesDown / network.workerBandwidth, (busy * costs.bytesDown) / network.serverBandwidth);
  const perAnswer = Math.max(costs.bytesUp / network.serverBandwidth, costs.answerSeconds);
  const up = costs.bytesUp / network.workerBandwidth;
  const turns = Math.ceil(replicas / workers);
  const last = replicas - (turns - 1) * workers;
  // Either the workers are the slowest, or the coordinator, which has to take all answers.
  const middle = Math.max(turns * compute + last * perAnswer, compute + replicas * perAnswer);
  const stored = costs.bytesStored / network.serverBandwidth;
  return WAYS * network.latency + down + middle + up + stored + costs.serialSeconds;
}

/** How many times as fast all workers are as one machine alone, which takes the same steps without a server. */
export function speedup(costs: RoundCosts, network: Network, division: Division): number {
  const { replicas, localSteps } = division;
  return (replicas * localSteps * costs.stepSeconds) / roundSeconds(costs, network, division);
}

/**
 * What any number of workers reaches at most, if each computes one replica. Every worker adds time at the server and the
 * coordinator, so the replicas per second have a limit.
 *
 * @returns how many times as fast as one machine alone
 */
export function mostSpeedup(costs: RoundCosts, network: Network, localSteps: number): number {
  const alone = { workers: 1, replicas: 1, localSteps };
  const fixed = roundSeconds(costs, network, alone);
  const many = 2 ** 20;
  const perWorker = (roundSeconds(costs, network, { workers: many, replicas: many, localSteps }) - fixed) / (many - 1);
  // Replicas per second are w / (fixed + perWorker · (w − 1)). For many workers that nears 1 / perWorker.
  return (localSteps * costs.stepSeconds) / perWorker;
}

const WORKERS = [1, 2, 10, 100, 1000] as const;
const LOCAL_STEPS = [1, 8, 64] as const;

/** The speed for numbers of workers and local steps, as lines. Each worker computes one replica of a round. */
export function scalingLines(name: string, costs: RoundCosts, network: Network): string[] {
  const cells = (localSteps: number) =>
    WORKERS.map((workers) =>
      formatNumber(speedup(costs, network, { workers, replicas: workers, localSteps })).padStart(9),
    );
  const heading = WORKERS.map((workers) => workers.toLocaleString("en").padStart(9)).join("");
  const rows = LOCAL_STEPS.map((localSteps) => {
    const most = formatNumber(mostSpeedup(costs, network, localSteps));
    return `${String(localSteps).padStart(11)}${cells(localSteps).join("")}${most.padStart(9)}`;
  });
  return [name, `local steps${heading}${"any".padStart(9)}`, ...rows];
}
