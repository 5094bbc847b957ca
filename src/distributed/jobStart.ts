import { OptionError } from "../core/errors.js";
import { VERSION } from "../core/version.js";
import { decodeSafetensors, encodeSafetensors } from "../io/safetensors.js";
import { readAugmentation } from "../nn/data/augment.js";
import type { Examples } from "../nn/data/dataset.js";
import { FORMAT } from "../nn/files/format.js";
import { type DistributedTraining, trainingOf } from "../nn/training/distributedTraining.js";
import { datasetDigest, sha256 } from "./digest.js";
import { jobDifference } from "./jobDifference.js";
import { encodeJobSpec, JOB_FORMAT, type JobSpec, sameJob } from "./jobSpec.js";
import { checkClass, layoutOf, readSpec } from "./joinedJob.js";
import type { Layout } from "./layout.js";
import { encodeRoundRecord, parseRoundRecord, type RoundRecord } from "./messages.js";
import type { JobServer } from "./nats/jobServer.js";
import { deletion, RemediableJobError, RemediableOptionError } from "./remedies.js";
import { RoundFiles } from "./roundFiles.js";
import { Rounds } from "./rounds.js";
import { OPERATOR, type TrainPlan } from "./trainOptions.js";
import { workerClass } from "./workerClass.js";

/** A job that this coordinator leads. */
export interface LedJob {
  readonly spec: JobSpec;
  /** SHA-256 of the description. */
  readonly digest: string;
  readonly training: DistributedTraining;
  readonly examples: Examples;
  readonly rounds: Rounds;
  readonly layout: Layout;
  readonly files: RoundFiles;
  readonly record: RoundRecord;
  /** Of the record, for compare-and-set. */
  readonly revision: number;
}

/**
 * Publishes a new job, or takes over one that is there. The model then is as it was after the last round, and its
 * training has begun.
 *
 * @param coordinator the name of this coordinator, which no other one has
 * @throws OptionError if the job that is there has other options, another model or other data
 */
export async function startJob(server: JobServer, plan: TrainPlan, coordinator: string): Promise<LedJob> {
  const training = trainingOf(plan.model, OPERATOR);
  // From now on nobody else changes the model.
  training.begin();
  try {
    return await publishOrTakeOver(server, plan, training, coordinator);
  } catch (error) {
    training.end();
    throw error;
  }
}

/** All that can be wrong with the options is found before there is anything on the servers. */
async function publishOrTakeOver(
  server: JobServer,
  plan: TrainPlan,
  training: DistributedTraining,
  coordinator: string,
): Promise<LedJob> {
  const { model } = plan;
  readAugmentation(OPERATOR, plan.augment ?? undefined, training.ports.outputs);
  const examples = training.examples(plan.data, OPERATOR, plan.classWeight ?? undefined);
  // After an epoch it would be too late: the job would fail for every coordinator.
  if (plan.validationData !== undefined) training.examples(plan.validationData, OPERATOR, undefined, "validationData");
  const layout = layoutOf(training);
  const own = await describeJob(plan, training, examples, layout);
  await server.create(plan.storage, plan.lease);
  for (;;) {
    const found = await server.record();
    const { spec, digest } = found ? await foundSpec(server, own.spec) : await claimed(server, own.spec);
    const rounds = new Rounds(spec);
    const files = new RoundFiles(server, layout, plan);
    let record: RoundRecord;
    if (found) {
      const last = parseRoundRecord(found.value);
      if (last.phase === "failed") {
        throw new RemediableJobError({
          ...{ operator: OPERATOR, what: `the job ${server.name} failed: ${last.why ?? "nobody knows why"}` },
          ...{ remedy: "begin again", advice: `${deletion(server.name)}, and begin again` },
        });
      }
      record = { ...last, coordinator };
    } else {
      await server.put("model", own.file);
      await server.put("job", encodeJobSpec(spec));
      const stored = await files.write(model, 0);
      record = { job: digest, round: 0, rounds: rounds.count, phase: "training", coordinator, ...stored };
    }
    const revision = await server.replaceRecord(encodeRoundRecord(record), found?.revision);
    // Another coordinator was faster. The newest one leads.
    if (revision === undefined) continue;
    // Only now do the files of this round stay: the coordinator before this one removed old ones.
    if (found) await files.restore(training, record.round);
    return { spec, digest, training, examples, rounds, layout, files, record, revision };
  }
}

async function describeJob(
  plan: TrainPlan,
  training: DistributedTraining,
  examples: Examples,
  layout: Layout,
): Promise<{ readonly spec: JobSpec; readonly file: Uint8Array }> {
  const { model, replicas, localSteps, epochs, batchSize, shuffle, dropLast } = plan;
  const seed = plan.seed ?? training.seed;
  const division = {
    ...{ examples: examples.count, replicas, localSteps, epochs, batchSize, seed, shuffle, dropLast },
    ...{ firstEpoch: model.epochsDone, firstStep: model.stepsDone },
  };
  const { count: rounds } = new Rounds(division);
  if (rounds === 0) {
    throw new OptionError(
      `${OPERATOR}: ${examples.count} examples give no batch of ${batchSize}; use a smaller batchSize, or dropLast: false`,
    );
  }
  if (!Number.isSafeInteger(rounds)) {
    throw new OptionError(
      `${OPERATOR}: epochs is ${epochs}, which are more rounds than a number can count; use fewer, and break to stop`,
    );
  }
  const file = encodeSafetensors(await model.save());
  const spec: JobSpec = {
    ...{ format: JOB_FORMAT, version: VERSION, class: workerClass(training.backend), mixed: plan.mixed },
    ...{ model: await sha256(file), architecture: architectureIn(file), modelSeed: training.seed },
    // Workers take steps by themselves if a round has several. Then they need the optimizer.
    compile: training.describeCompile(OPERATOR, { optimizer: localSteps > 1 }),
    optimizer: training.optimizerConfig,
    ...{
      data: await datasetDigest(examples),
      ...division,
      rounds,
      augment: plan.augment,
      classWeight: plan.classWeight,
    },
    ...{ precision: plan.precision, storage: plan.storage, lease: plan.lease, layout: layout.entries },
  };
  return { spec, file };
}

function architectureIn(file: Uint8Array): string {
  const { format, architecture } = decodeSafetensors(file).metadata;
  if (format !== FORMAT || architecture === undefined) throw new Error("a model file without its architecture");
  return architecture;
}

/**
 * Takes the name for a new job, before anything of it is stored: two coordinators that begin at the same time must not
 * mix their files.
 *
 * @throws OptionError if another coordinator began another job, and has not published it
 */
async function claimed(server: JobServer, spec: JobSpec): Promise<Pick<LedJob, "spec" | "digest">> {
  const digest = await sha256(encodeJobSpec(spec));
  if ((await server.claim(digest)) === digest) return { spec, digest };
  throw new RemediableOptionError({
    ...{ operator: OPERATOR, what: `another coordinator began a job ${server.name} with other options` },
    ...{ remedy: "another name", advice: `use another name, or ${deletion(server.name)}` },
  });
}

/** The description of the job that is there. @throws OptionError if this coordinator's job is another one */
async function foundSpec(server: JobServer, own: JobSpec): Promise<Pick<LedJob, "spec" | "digest">> {
  const { spec, digest } = await readSpec(OPERATOR, server);
  const other = sameJob(own, spec);
  if (other !== undefined) {
    const advice = `give the same options to go on with it, use another name, or ${deletion(server.name)}`;
    throw new RemediableOptionError({
      ...{ operator: OPERATOR, what: `the servers have a job ${server.name} ${jobDifference(other, own, spec)}` },
      ...{ remedy: "another name", advice },
    });
  }
  // The bits of the coordinator's own steps count, too.
  checkClass(OPERATOR, { ...spec, mixed: false }, own.class);
  return { spec, digest };
}
