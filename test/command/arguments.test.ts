import { describe, expect, test } from "vitest";
import { readArguments } from "../../src/command/arguments.node.js";
import { UsageError } from "../../src/command/commandLine.node.js";

const NO_SERVER = {
  ...{ servers: undefined, job: undefined, credentials: undefined, user: undefined, password: undefined },
  ...{ token: undefined, ca: undefined, cert: undefined, key: undefined, timeout: undefined },
};

describe("the commands", () => {
  test.each([
    [[], { command: "help", of: undefined }],
    [["--help"], { command: "help", of: undefined }],
    [["help", "train"], { command: "help", of: "train" }],
    [["worker", "--help"], { command: "help", of: "worker" }],
    [["train", "--help"], { command: "help", of: "train" }],
    [["--version"], { command: "version" }],
  ])("%j", (words, expected) => {
    expect(readArguments(words)).toEqual(expected);
  });

  test("a worker with a job file", () => {
    expect(readArguments(["worker", "--data", "job.json"])).toEqual({
      ...{ command: "worker", server: NO_SERVER, data: { jobFile: "job.json" } },
      ...{ backend: undefined, threads: undefined, name: undefined },
    });
  });

  test("a worker with all of its options", () => {
    const words =
      "worker --servers nats://a:4222,nats://b:4222 --job digits-1 --images a.idx3 --labels a.idx1 --first 100";
    const more = "--shape 28,28,1 --backend wasm --threads 2 --name lab-7 --user ann --password secret --timeout 60";
    expect(readArguments([...words.split(" "), ...more.split(" ")])).toEqual({
      command: "worker",
      server: {
        ...NO_SERVER,
        ...{ servers: "nats://a:4222,nats://b:4222", job: "digits-1", user: "ann", password: "secret", timeout: 60 },
      },
      data: { images: "a.idx3", labels: "a.idx1", first: 100, shape: [28, 28, 1] },
      ...{ backend: "wasm", threads: 2, name: "lab-7" },
    });
  });

  test("a training; what replaces fields of the job file has the names of the job file", () => {
    const words = "train --config job.json --output m.safetensors --restart --epochs 2 --batch-size 64 --replicas 4";
    const more = "--local-steps 8 --seed 0 --backend cpu --threads 3 --job other";
    expect(readArguments([...words.split(" "), ...more.split(" ")])).toEqual({
      ...{ command: "train", server: { ...NO_SERVER, job: "other" }, config: "job.json", output: "m.safetensors" },
      ...{ delete: false, restart: true },
      overrides: { epochs: 2, batchSize: 64, replicas: 4, localSteps: 8, seed: 0, backend: "cpu", threads: 3 },
    });
  });
});

describe("what is wrong is said in words", () => {
  test.each([
    ["trian", '"trian" is not a command; did you mean train?'],
    ["serve", '"serve" is not a command; known are worker and train'],
    ["worker", "a worker needs the data of the job: --data job.json, or --images FILE --labels FILE"],
    ["worker --images a", "--labels is missing; a worker needs the data"],
    ["worker --labels a", "--images is missing; a worker needs the data"],
    ["worker --data a --first 3", "--data and --first are both given; leave one out"],
    ["worker --dtaa a", "--dtaa is not an option; did you mean --data?"],
    ["worker a", '"a" is not an option; options begin with --'],
    ["worker --data a --job a.b", '--job is "a.b", expected 1 to 64 letters, digits, - and _'],
    ["worker --data a --name a.b", '--name is "a.b", expected 1 to 32 letters, digits, - and _'],
    ["worker --data a --backend gpu", '--backend is "gpu", expected auto, webgpu, wasm or cpu'],
    ["worker --data a --threads 0", '--threads is "0", expected a whole number from 1 to 64'],
    ["worker --data a --timeout 1e3", '--timeout is "1e3", expected a whole number from 1 to 86400'],
    ["worker --images a --labels b --first 0", '--first is "0", expected a whole number from 1'],
    [
      "worker --images a --labels b --shape 28x28",
      '--shape is "28x28", expected the extents of one example such as 28',
    ],
    ["worker --data= --job j", "--data is empty; give a value, or leave it out"],
    ["worker --data", "argument missing"],
    ["train", "--config is missing, expected a job file: --config job.json"],
    ["train --config a --epochs 0", '--epochs is "0", expected a whole number from 1'],
    ["train --config a --seed x", /^--seed is "x", expected a whole number from 0$/],
    ["train --config a --epoch 2", "--epoch is not an option; did you mean --epochs?"],
    ["train --config a --backend x", '--backend is "x", expected auto, webgpu, wasm or cpu'],
  ])("%s", (words, message) => {
    const read = () => readArguments(words.split(" "));
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
  });
});
