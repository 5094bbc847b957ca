import type { Backend } from "webgpu-cnn";
import { type TrainDistributedOptions, trainDistributed, workDistributed } from "webgpu-cnn/distributed";
import type { Sequential } from "webgpu-cnn/nn";
import type { Values } from "./plainRounds.js";

/** The weights of a model, as of this call. */
export async function weightsOf(model: Pick<Sequential, "weights">): Promise<Values> {
  const reads = [...model.weights].map(async ([name, variable]) => [name, (await variable.read()).slice()] as const);
  return new Map(await Promise.all(reads));
}

/** Trains with so many workers on one backend of this process. @returns the weights after each round */
export async function trainWith(
  workers: number,
  backend: Backend,
  options: TrainDistributedOptions,
): Promise<readonly Values[]> {
  const { servers, job, data, model } = options;
  const work = Array.from({ length: workers }, () => workDistributed({ servers, job, backend, data }));
  const rounds: Values[] = [];
  for await (const _ of await trainDistributed(options)) rounds.push(await weightsOf(model));
  await Promise.all(work);
  return rounds;
}
