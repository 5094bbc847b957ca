import { describe, expect, test } from "vitest";
import { BUILT_IN_LAYERS } from "../../src/nn/files/builtInLayers.js";
import { LOSSES } from "../../src/nn/losses.js";
import { describeOnSampledBackends } from "../support/backends.js";
import { differences } from "../support/pytorch/agreement.js";
import { coverageOf } from "../support/pytorch/coverage.js";
import { train } from "../support/pytorch/train.js";
import type { KnownTraining } from "../support/pytorch/trainingCase.js";
import { sampledCases } from "../support/sampling.js";

/** `tools/pytorch/compare.ts --store` has written them. */
const stored = Object.values(import.meta.glob<KnownTraining>("./pytorch/*.json", { eager: true, import: "default" }));

/** These trainings are short and small, so float32 stays far closer than 1e-3. */
const LARGEST_DIFFERENCE = 1e-5;

describeOnSampledBackends("trainings that PyTorch has carried out in float64", 0, (backend) => {
  test.each(sampledCases(stored).map((known) => [known.training.name, known] as const))(
    "%s",
    async (_, { training, expected }) => {
      const found = differences(await train(backend(), training), expected);
      expect(found.filter(({ size }) => size > LARGEST_DIFFERENCE)).toEqual([]);
    },
  );
});

describe("the stored trainings", () => {
  const covered = new Set(stored.flatMap(({ training }) => coverageOf(training)));

  test.each(BUILT_IN_LAYERS.map(([name]) => name))("have the layer %s", (name) => {
    expect(covered).toContain(`class ${name}`);
  });

  test.each(LOSSES)("have the loss %s", (name) => {
    expect(covered).toContain(`loss ${name}`);
  });

  test.each(["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])("have the optimizer %s", (name) => {
    expect(covered).toContain(`optimizer ${name}`);
  });

  test.each(["sequential", "residual", "branching", "shared", "twoInputs", "twoOutputs", "unet"])(
    "have a network of the form %s",
    (form) => {
      expect(covered).toContain(`network ${form}`);
    },
  );
});
