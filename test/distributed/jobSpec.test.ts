import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JobError } from "webgpu-cnn";
import { jobDifference } from "../../src/distributed/jobDifference.js";
import { encodeJobSpec, JOB_FORMAT, type JobSpec, parseJobSpec, sameJob } from "../../src/distributed/jobSpec.js";
import { encodeJson } from "../../src/distributed/packed.js";
import { propertySeed } from "../support/propertySeed.js";
import { expectError, thrownBy } from "../support/refusals.js";

const spec: JobSpec = {
  ...{ format: JOB_FORMAT, version: "1.2.3", class: "wasm", mixed: false, architecture: '{"root":0}', modelSeed: 3 },
  ...{ model: "fedcba9876543210".repeat(4), firstEpoch: 2, firstStep: 7 },
  compile: { optimizer: { class: "Adam", beta1: 0.9 }, loss: "huber", metrics: ["accuracy", null] },
  optimizer: { name: "Adam", learningRate: 0.001, beta1: 0.9 },
  ...{ data: "0123456789abcdef".repeat(4), examples: 100, rounds: 12, replicas: 8, localSteps: 1, epochs: 3 },
  ...{ batchSize: 32, seed: 0, shuffle: true, dropLast: false, augment: { flip: true, shift: 0.1 }, classWeight: null },
  ...{ precision: "float16", storage: "file", lease: 2.5 },
  layout: [
    { name: "dense.kernel", size: 20 },
    { name: "dense.bias", size: 2 },
  ],
};

describe("the description of a job", () => {
  test("comes back as it was sent", () => {
    expect(parseJobSpec(encodeJobSpec(spec))).toEqual(spec);
  });

  test.each<readonly [message: string, changed: object]>([
    ['job: format is "webgpu-cnn job 2", expected "webgpu-cnn job 1"', { format: "webgpu-cnn job 2" }],
    ["job: version is undefined, expected a text", { version: undefined }],
    ["job: replicas is 2049, expected an integer from 1 to 2048", { replicas: 2049 }],
    ["job: batchSize is 0, expected an integer ≥ 1", { batchSize: 0 }],
    ["job: seed is -1, expected an integer ≥ 0", { seed: -1 }],
    ['job: data is "x", expected 64 hexadecimal digits', { data: "x" }],
    ['job: precision is "float8", expected "float32" or "float16"', { precision: "float8" }],
    ["job: compile is undefined, expected a value of JSON", { compile: undefined }],
    ["job: layout is null, expected a list", { layout: null }],
    ["job: layout[0] is 3, expected an object", { layout: [3] }],
    ["job: size is 0, expected an integer ≥ 1", { layout: [{ name: "a", size: 0 }] }],
    ['job: layout has "a" twice', { layout: new Array(2).fill({ name: "a", size: 1 }) }],
  ])("is refused: %s", (message, changed) => {
    expectError(
      thrownBy(() => parseJobSpec(encodeJson({ ...spec, ...changed }))),
      JobError,
      message,
    );
  });

  test("is refused if it is nested deeper than a reader expects", () => {
    let nested: JobSpec["compile"] = [];
    for (let depth = 0; depth < 70; depth++) nested = [nested];
    const deep = thrownBy(() => parseJobSpec(encodeJson({ ...spec, compile: nested })));
    expectError(deep, JobError, /^job: compile(\[0\])+ is nested deeper than 64 levels$/);
  });

  test("is not sent with a number that JSON lacks", () => {
    const error = thrownBy(() => encodeJobSpec({ ...spec, augment: { shift: Number.POSITIVE_INFINITY } }));
    expectError(error, JobError, "job: augment.shift is Infinity, expected a value of JSON");
  });

  test("no bytes lead to another error", () => {
    const bytes = encodeJobSpec(spec);
    const seed = propertySeed("job");
    let refused = 0;
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const error = thrownBy(() => parseJobSpec(bytes.with(at, value)));
        if (error === undefined) return;
        refused++;
        expectError(error, JobError, /^job: /);
      }),
      { seed, numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(0);
    for (let length = 0; length < bytes.length; length++) {
      expectError(
        thrownBy(() => parseJobSpec(bytes.subarray(0, length))),
        JobError,
        /^job: /,
      );
    }
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(spec)), fc.jsonValue(), (field, value) => {
        const error = thrownBy(() => parseJobSpec(encodeJson({ ...spec, [field]: value })));
        if (error !== undefined) expectError(error, JobError, /^job: /);
      }),
      { seed, numRuns: 2000 },
    );
  });
});

describe("sameJob", () => {
  test("does not see the order of names, nor how far the model is", () => {
    const other: JobSpec = {
      ...{ ...spec, model: "0".repeat(64), firstEpoch: 3, firstStep: 9 },
      compile: { metrics: ["accuracy", null], loss: "huber", optimizer: { beta1: 0.9, class: "Adam" } },
      layout: spec.layout.map(({ name, size }) => ({ size, name })),
    };
    expect(sameJob(spec, other)).toBeUndefined();
  });

  const others: Omit<JobSpec, "format" | "model" | "firstEpoch" | "firstStep"> = {
    ...{ version: "1.2.4", class: "cpu", mixed: true, architecture: "{}", modelSeed: 4, compile: { loss: "huber" } },
    optimizer: { name: "SGD", learningRate: 0.001 },
    ...{ data: "f".repeat(64), examples: 101, rounds: 13, replicas: 9, localSteps: 2, epochs: 4, batchSize: 33 },
    ...{ seed: 1, shuffle: false, dropLast: true, augment: { flip: true }, classWeight: [1, 2] },
    ...{ precision: "float32", storage: "memory", lease: 10, layout: spec.layout.toReversed() },
  };
  test.each(Object.entries(others))("names %s", (name, value) => {
    expect(sameJob(spec, { ...spec, [name]: value })).toBe(name);
  });

  test.each<readonly [words: string, changed: Partial<JobSpec>]>([
    ["of the version 1.2.4 of webgpu-cnn, not 1.2.3", { version: "1.2.4" }],
    ['of the class "cpu", not "wasm"', { class: "cpu" }],
    ["whose mixed is true, not false", { mixed: true }],
    ["whose model has other layers", { architecture: "{}" }],
    ["whose model has the seed 4, not 3", { modelSeed: 4 }],
    ['whose compile.loss is "dice", not "huber"', { compile: { ...Object(spec.compile), loss: "dice" } }],
    ["that differs in compile.metrics", { compile: { ...Object(spec.compile), metrics: [] } }],
    ["whose optimizer.beta1 is 0.8, not 0.9", { optimizer: { ...Object(spec.optimizer), beta1: 0.8 } }],
    ["that differs in optimizer.momentum", { optimizer: { ...Object(spec.optimizer), momentum: 0.9 } }],
    ["with other data", { data: "f".repeat(64) }],
    ["whose epochs is 4, not 3", { epochs: 4 }],
    ["that differs in augment", { augment: null }],
    ["that differs in classWeight", { classWeight: [1, 2] }],
    ['whose precision is "float32", not "float16"', { precision: "float32" }],
    ["whose weights have other shapes", { layout: spec.layout.toReversed() }],
  ])("the difference in words: %s", (words, changed) => {
    const other = { ...spec, ...changed };
    const field = sameJob(spec, other);
    expect(field && jobDifference(field, spec, other)).toBe(words);
  });

  test("names the first field that differs", () => {
    expect(sameJob(spec, { ...spec, ...others })).toBe("version");
  });
});
