import type { Backend } from "../core/backend.js";
import { JobError, OptionError } from "../core/errors.js";
import { elementsOf } from "../core/shape.js";
import { VERSION } from "../core/version.js";
import { decodeSafetensors } from "../io/safetensors.js";
import type { Dataset, Examples } from "../nn/data/dataset.js";
import type { LayerClass } from "../nn/files/knownLayers.js";
import { loadModel } from "../nn/files/loadModel.js";
import type { Model } from "../nn/model.js";
import type { GraphTensors } from "../nn/modelTypes.js";
import { compileFromDescription } from "../nn/training/compileDescription.js";
import { type DistributedTraining, trainingOf } from "../nn/training/distributedTraining.js";
import { datasetDigest, sha256 } from "./digest.js";
import { type JobSpec, LONGEST_SPEC, parseJobSpec } from "./jobSpec.js";
import { Layout } from "./layout.js";
import { parseRoundRecord } from "./messages.js";
import type { JobServer } from "./nats/jobServer.js";
import { deletion, RemediableJobError } from "./remedies.js";
import { workerClass } from "./workerClass.js";

/** The largest file of a model that a worker takes. */
const MOST_MODEL_BYTES = 2 ** 31;

/** A job that a worker can compute for. */
export interface JoinedJob {
  readonly spec: JobSpec;
  /** SHA-256 of the description. */
  readonly digest: string;
  readonly model: Model<GraphTensors>;
  readonly training: DistributedTraining;
  readonly layout: Layout;
  readonly examples: Examples;
}

export interface JoinOptions {
  readonly backend: Backend;
  readonly data: Dataset;
  readonly layers: Readonly<Record<string, LayerClass>>;
}

/**
 * Builds the job's model on the worker, and checks that the worker fits the job.
 *
 * @throws OptionError if the worker has another class, other data or another version; JobError if the job is damaged
 */
export async function joinJob(operator: string, server: JobServer, options: JoinOptions): Promise<JoinedJob> {
  const { backend, data, layers } = options;
  const { spec, digest } = await readSpec(operator, server);
  checkClass(operator, spec, workerClass(backend));
  const file = await server.get("model", MOST_MODEL_BYTES);
  if (!file || (await sha256(file)) !== spec.model) {
    throw new JobError(`${operator}: the servers have no model of the job, or a damaged one`);
  }
  const model: Model<GraphTensors> = await loadModel<GraphTensors>(decodeSafetensors(file), backend, { layers });
  try {
    compileFromDescription(model, spec.compile, () => 0);
    const training = trainingOf(model, operator);
    const layout = layoutOf(training);
    if (JSON.stringify(layout.entries) !== JSON.stringify(spec.layout)) {
      throw new JobError(`${operator}: the job's weights are not those of its model`);
    }
    const examples = training.examples(data, operator, spec.classWeight ?? undefined);
    if ((await datasetDigest(examples)) !== spec.data) {
      throw new OptionError(
        `${operator}: data has other values than the coordinator's; give the same examples in the same order`,
      );
    }
    return { spec, digest, model, training, layout, examples };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** What travels: the trained weights, and then the statistics that training changes. */
export function layoutOf({ trained, statistics }: DistributedTraining): Layout {
  return new Layout([...trained, ...statistics].map(({ name, shape }) => ({ name, size: elementsOf(shape) })));
}

/**
 * What the coordinator says about the job, and the digest of this description.
 *
 * @throws JobError if there is no job, or its description is missing or damaged
 */
export async function readSpec(operator: string, server: JobServer): Promise<Pick<JoinedJob, "spec" | "digest">> {
  const found = await server.record();
  const bytes = await server.get("job", LONGEST_SPEC);
  const digest = bytes && (await sha256(bytes));
  if (bytes && digest !== undefined && digest === (found && parseRoundRecord(found.value).job)) {
    return { spec: parseJobSpec(bytes), digest };
  }
  throw new RemediableJobError({
    ...{ operator, what: `the servers have no description of the job ${server.name}, or a damaged one` },
    ...{ remedy: "begin again", advice: `${deletion(server.name)}, and begin again` },
  });
}

/** @throws OptionError if the worker would compute other bits */
export function checkClass(operator: string, spec: JobSpec, own: string): void {
  if (spec.mixed) return;
  if (own !== spec.class) {
    throw new OptionError(
      `${operator}: backend is of the class "${own}", and the job takes "${spec.class}" only, because others compute other bits; use such a backend, or mixed: true for the job`,
    );
  }
  if (spec.version !== VERSION) {
    throw new OptionError(
      `${operator}: this is version ${VERSION} of webgpu-cnn, and the job is of ${spec.version}, which may compute other bits; install that version, or use mixed: true for the job`,
    );
  }
}
