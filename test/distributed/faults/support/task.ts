import type { Backend } from "webgpu-cnn";
import { Adam, cosineDecay, type Optimizer, type Sequential } from "webgpu-cnn/nn";
import { sha256 } from "../../../../src/distributed/digest.js";
import { concatBytes } from "../../../../src/io/arrays.js";
import { lenet } from "../../support/lenet.js";
import { plainRounds, type Values, valuesOf } from "../../support/plainRounds.js";
import { firstDigits } from "./digits.js";

/** The training of these tests: LeNet on a small part of MNIST, in eight rounds. The last batch of an epoch is smaller. */
export const EXAMPLES = 120;
export const TASK = { replicas: 4, batchSize: 32, epochs: 2, localSteps: 1, lease: 1 } as const;
export const ROUNDS = TASK.epochs * Math.ceil(EXAMPLES / TASK.batchSize);
/** What its messages fit. */
export const LIMITS = { rounds: ROUNDS, replicas: TASK.replicas, localSteps: TASK.localSteps };
/** The number of bytes of an answer: the network has 61,706 weights. */
export const VECTOR_BYTES = 4 * 61_706;
const SEED = 3;

/** The number of examples of each replica of a round. */
export function replicaExamples(round: number): number {
  const first = (round % (ROUNDS / TASK.epochs)) * TASK.batchSize;
  return Math.min(TASK.batchSize, EXAMPLES - first) / TASK.replicas;
}

/** The compiled network. Its learning rate falls from step to step, unless a test gives another optimizer. */
export function network(backend: Backend, other: Optimizer = optimizer()): Sequential {
  return lenet(backend, SEED).compile({ optimizer: other, loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
}

function optimizer(): Adam {
  return new Adam({ learningRate: cosineDecay(2e-3, ROUNDS) });
}

/** What every run must end with: the digest of the weights of the same training in one process, without anything of the implementation. */
export async function plainDigest(backend: Backend): Promise<string> {
  const rounds = await plainRounds({
    ...{ backend, optimizer, data: await firstDigits(EXAMPLES), loss: "softmaxCrossEntropy" },
    ...TASK,
    model: (backend) => lenet(backend, SEED),
    seed: SEED,
  });
  return digestOf(rounds.at(-1) ?? new Map());
}

/** A digest of all weights of a model. */
export async function weightsDigest(model: Sequential): Promise<string> {
  return digestOf(await valuesOf(model.weights));
}

async function digestOf(values: Values): Promise<string> {
  return sha256(
    concatBytes([...values.values()].map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength))),
  );
}
