import { existsSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { loadCheckpoint, writeNpy } from "webgpu-cnn/io";
import { type NatsServer, startNatsServer } from "../../tools/nats/server.mjs";
import { describeWithNats } from "../distributed/support/describeWithNats.js";
import { Packed } from "../package/packed.js";
import { RunningProgram } from "./runningProgram.js";

const CLIENTS = ["nats-core", "transport-node", "jetstream", "kv", "obj"].map((name) => `@nats-io/${name}`);
const COUNT = 96;
const [SIDE, CLASSES] = [6, 3];

/** Images with a bright row, whose number is the class. Another seed gives other images. */
function writeData(folder: string, name: string, seed: number): void {
  const labels = Uint8Array.from({ length: COUNT }, (_, i) => (i + seed) % CLASSES);
  const images = Uint8Array.from({ length: COUNT * SIDE * SIDE }, (_, i) => {
    const [image, row] = [Math.floor(i / (SIDE * SIDE)), Math.floor(i / SIDE) % SIDE];
    return ((i * 7919 + seed * 13) % 101) + (row === labels[image] ? 100 : 0);
  });
  writeFileSync(join(folder, `${name}-images.npy`), writeNpy({ shape: [COUNT, SIDE, SIDE], data: images }));
  writeFileSync(join(folder, `${name}-labels.npy`), writeNpy({ shape: [COUNT], data: labels }));
}

/** Whether a server could begin to listen on a port. */
function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
  });
}

const JOB = {
  job: "rows",
  model: {
    ...{ inputShape: [SIDE, SIDE, 1], seed: 3 },
    layers: [
      { class: "Conv2D", filters: 4, kernelSize: 3, activation: "relu" },
      { class: "BatchNormalization" },
      { class: "Flatten" },
      { class: "Dense", units: CLASSES },
    ],
  },
  compile: { optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] },
  data: { images: "train-images.npy", labels: "train-labels.npy" },
  validationData: { images: "train-images.npy", labels: "train-labels.npy", first: 30 },
  ...{ replicas: 3, epochs: 2, batchSize: 24, lease: 5 },
};

describeWithNats("the command, as the package has it", () => {
  let packed: Packed;
  let folder: string;
  let server: NatsServer;
  const running: RunningProgram[] = [];
  beforeAll(async () => {
    packed = await Packed.withoutTypes();
    folder = await packed.project("command", CLIENTS, { "job.json": JSON.stringify(JOB) });
    writeData(folder, "train", 0);
    writeData(folder, "other", 1);
  });
  afterAll(() => packed?.remove());
  beforeEach(async () => {
    server = await startNatsServer();
  });
  afterEach(async () => {
    for (const program of running.splice(0)) {
      program.signal("SIGKILL");
      await program.status;
    }
    await server.stop();
  });

  function start(line: string, variables: Readonly<Record<string, string>> = {}): RunningProgram {
    const words = ["node_modules/webgpu-cnn/dist/command/main.js", ...line.split(" ")];
    const program = new RunningProgram(words, { cwd: folder, variables: { NATS_URL: server.url, ...variables } });
    running.push(program);
    return program;
  }

  async function weightsOf(file: string) {
    const { tensors } = await loadCheckpoint(join(folder, file));
    return [...tensors].map(([name, { data }]) => [name, [...data]]);
  }

  test("one worker and three end with the same bits; workers may be there first", async () => {
    const train = start("train --config job.json --output one.safetensors --delete");
    const worker = start("worker --data job.json --threads 1");
    expect(await train.status, train.output).toBe(0);
    expect(await worker.status, worker.output).toBe(0);
    expect(train.output).toMatch(
      /^connecting to nats:.*\nleading the job rows, of the class "wasm"; averaging on WebAssembly/,
    );
    expect(train.output).toMatch(
      /\nworkers join with: npx webgpu-cnn worker --servers nats:.* --job rows --data job\.json\n/,
    );
    expect(train.output).toMatch(/^round 8\/8, epoch 2\/2: loss \d\.\d+, accuracy .* %; validation loss .* left$/m);
    expect(train.output).toMatch(/^wrote one\.safetensors\nremoved the job rows from the servers\n$/m);
    expect(worker.output).toMatch(/^computing on WebAssembly, 1 thread, since the job takes the class "wasm"$/m);
    expect(worker.output).toMatch(/^round 8\/8, replica \d: loss \d.*; 24 replicas done$/m);
    expect(worker.output).toMatch(/^the job rows is done: 24 replicas in 8 rounds$/m);

    const workers = [0, 1, 2].map((i) => start(`worker --data job.json --threads 1 --name early-${i}`));
    for (const early of workers) await early.wrote(/^waiting for the job rows$/m);
    const again = start("train --config job.json --output three.safetensors");
    for (const program of [again, ...workers]) expect(await program.status, program.output).toBe(0);
    expect(await weightsOf("three.safetensors")).toEqual(await weightsOf("one.safetensors"));
  });

  test("a stopped worker gives back its part; a stopped training goes on with the same command", async () => {
    const train = start("train --config job.json --epochs 50");
    const stopped = start("worker --data job.json --threads 1 --name stopped");
    await stopped.wrote(/^round \d+\//m);
    stopped.signal("SIGTERM");
    expect(await stopped.status).toBe(143);
    expect(stopped.output).toMatch(/\nstopped; what was not finished goes to other workers\n$/);
    const worker = start("worker --data job.json --threads 1");
    await train.wrote(/^round ([4-9]|\d\d+)\//m);
    train.signal("SIGINT");
    expect(await train.status).toBe(130);
    expect(train.output).toMatch(
      /\nstopped; the job rows stays on the servers, and the same command goes on with it\n$/,
    );

    const resumed = start("train --config job.json --epochs 50 --output resumed.safetensors");
    expect(await resumed.status, resumed.output).toBe(0);
    expect(await worker.status, worker.output).toBe(0);
    expect(resumed.output).not.toContain("round 1/");

    const done = start("train --config job.json --epochs 50 --output done.safetensors");
    expect(await done.status, done.output).toBe(0);
    expect(done.output).toContain("the job rows was done already");
    expect(await weightsOf("done.safetensors")).toEqual(await weightsOf("resumed.safetensors"));
  });

  test("--restart removes an earlier job, but not before everything else was checked", async () => {
    const first = start("train --config job.json");
    const worker = start("worker --data job.json --threads 1");
    expect(await first.status, first.output).toBe(0);
    expect(await worker.status, worker.output).toBe(0);
    const other = start("train --config job.json --epochs 3");
    expect(await other.status).toBe(1);
    expect(other.output).toMatch(
      /\nthe servers have a job rows whose epochs is 2, not 3; give the same .*, add --restart to begin again, or /,
    );

    writeFileSync(join(folder, "wrong.json"), JSON.stringify({ ...JOB, replicas: 5000 }));
    const wrong = start("train --config wrong.json --restart");
    expect(await wrong.status).toBe(1);
    expect(wrong.output).toContain("replicas is 5000, expected");
    const same = start("train --config job.json");
    expect(await same.status, same.output).toBe(0);
    expect(same.output).toContain("the job rows was done already; add --restart to train the model again\n");

    const again = start("train --config job.json --epochs 3 --restart");
    await again.wrote(/workers join with/);
    const helper = start("worker --data job.json --threads 1");
    expect(await again.status, again.output).toBe(0);
    expect(again.output).toContain("round 12/12, epoch 3/3");
    expect(await helper.status, helper.output).toBe(0);
  });

  test("a worker with other data, or of another class, is told so without a stack", async () => {
    const train = start("train --config job.json");
    await train.wrote(/workers join with/);
    const other = start("worker --job rows --images other-images.npy --labels other-labels.npy");
    expect(await other.status).toBe(1);
    expect(other.output).toMatch(
      /\nworkDistributed: data has other values than the coordinator's; give the same .*\n$/,
    );
    const slow = start("worker --data job.json --backend cpu");
    expect(await slow.status).toBe(1);
    expect(slow.output).toMatch(/\nworkDistributed: backend is of the class "cpu", and the job takes "wasm" only.*\n$/);
    train.signal("SIGTERM");
    expect(await train.status).toBe(143);
  });

  test("servers that cannot be reached", async () => {
    const nowhere = { NATS_URL: "nats://127.0.0.1:1" };
    for (const command of ["worker --data", "train --config"]) {
      const alone = start(`${command} job.json --timeout 3`, nowhere);
      expect(await alone.status).toBe(1);
      expect(alone.output).toMatch(
        /^connecting to nats:\/\/127\.0\.0\.1:1\nno connection yet: nats:\/\/127\.0\.0\.1:1 refuses connections; trying for 3 s\n.*for 3 s, the last time.*\n$/,
      );
      const stopped = start(`${command} job.json`, nowhere);
      await stopped.wrote(/^no connection yet: /m);
      stopped.signal("SIGINT");
      expect(await stopped.status).toBe(130);
      expect(stopped.output).toMatch(/; trying for 300 s\nstopped\n$/);
    }
  });

  test("a server that stands still is no reason not to stop", async () => {
    const train = start("train --config job.json --epochs 2000");
    const worker = start("worker --data job.json --threads 1");
    await worker.wrote(/^round \d+\//m);
    server.pause();
    // This one has no connection yet.
    const late = start("worker --data job.json");
    await late.wrote(/^connecting to /m);
    for (const program of [train, worker, late]) {
      program.signal("SIGINT");
      expect(await program.status, program.output).toBe(130);
    }
    expect(train.output).toMatch(/\nstopped; the job rows stays on the servers/);
    expect(worker.output).toMatch(/\nstopped; what was not finished/);
    expect(late.output).toMatch(/\nstopped\n$/);
    server.resume();
  });

  test("what takes connections and says nothing does not keep the program, also in place of the server", async () => {
    const train = start("train --config job.json --epochs 2000");
    const worker = start("worker --data job.json --threads 1");
    await worker.wrote(/^round \d+\//m);
    await server.kill();
    let connections = 0;
    const silent = createServer(() => connections++);
    try {
      await expect.poll(() => listens(silent, Number(new URL(server.url).port)), { timeout: 20_000 }).toBe(true);
      // Both have tried to come back, and wait.
      await expect.poll(() => connections, { timeout: 20_000 }).toBeGreaterThan(1);
      for (const program of [train, worker]) {
        program.signal("SIGINT");
        expect(await program.status, program.output).toBe(130);
      }
      const late = start("worker --data job.json --timeout 3");
      expect(await late.status).toBe(1);
      expect(late.output).toMatch(/does not greet as a NATS server does"; .*\n$/);
    } finally {
      silent.close();
    }
  });

  test("a cut is told, and its end", async () => {
    const train = start("train --config job.json --epochs 2000");
    const worker = start("worker --data job.json --threads 1");
    await worker.wrote(/^round \d+\//m);
    await server.kill();
    for (const program of [train, worker]) {
      await program.wrote(/^no connection to the server any more; trying for 300 s$/m);
    }
    await server.restart();
    for (const program of [train, worker]) await program.wrote(/^connected again after \d+ s$/m);
    await train.wrote(/connected again[\s\S]*^round \d/m);
    for (const program of [train, worker]) {
      program.signal("SIGTERM");
      expect(await program.status).toBe(143);
      expect(program.output.match(/^(no connection|connected)/gm)).toEqual(["no connection", "connected"]);
    }
  });

  test("a worker that waits for long is told why it may", async () => {
    const worker = start("worker --data job.json --job nobody");
    await worker.wrote(/^nobody leads a job "nobody" on this server yet; check --job$/m);
    worker.signal("SIGINT");
    expect(await worker.status).toBe(130);
    expect(worker.output).toMatch(/check --job\nstopped\n$/);
  });

  test("what is wrong in the options comes before the connection", async () => {
    writeFileSync(join(folder, "both.json"), JSON.stringify({ ...JOB, verify: 0.5, mixed: true }));
    const both = start("train --config both.json");
    expect(await both.status).toBe(1);
    expect(both.output).toMatch(/^trainDistributed: verify compares bits, .*\n$/);
    for (const line of ["train --config job.json", "worker --data job.json"]) {
      const malformed = start(`${line} --servers 127.0.0.1:4222`);
      expect(await malformed.status).toBe(1);
      expect(malformed.output).toMatch(
        /^webgpu-cnn: servers is "127\.0\.0\.1:4222", expected an address such as .*\n$/,
      );
    }
    const small = start("train --config job.json --replicas 30");
    await small.wrote(/^leading/m);
    small.signal("SIGINT");
    expect(await small.status).toBe(130);
    expect(small.output).toMatch(
      /^warning: replicas is 30 and batchSize is 24, so 6 replicas of each step have no examples; raise batchSize/,
    );
  });

  test("wrong arguments", async () => {
    const wrong = start("worker --data job.json --timeuot 1");
    expect(await wrong.status).toBe(2);
    expect(wrong.output).toBe(
      "--timeuot is not an option; did you mean --timeout?\nwebgpu-cnn worker --help explains all options\n",
    );
    const nowhere = start("train --config job.json --output nowhere/model.safetensors");
    expect(await nowhere.status).toBe(2);
    expect(nowhere.output).toContain('--output is "nowhere/model.safetensors", but the folder ');
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
    const help = start("train --help");
    expect(await help.status).toBe(0);
    expect(help.output).toContain("usage: webgpu-cnn train --config FILE");
  });

  test("a refused login names the options of the command", async () => {
    const closed = await startNatsServer({ configuration: 'authorization { user: "ann", password: "secret" }' });
    try {
      const unknown = start("worker --data job.json", { NATS_URL: closed.url });
      expect(await unknown.status).toBe(1);
      expect(unknown.output).toMatch(/ refused the login, .*; log in with --user and NATS_PASSWORD, .*\n$/);
      const wrong = start("train --config job.json --user ann", { NATS_URL: closed.url, NATS_PASSWORD: "sekret" });
      expect(await wrong.status).toBe(1);
      expect(wrong.output).toMatch(/ refused the login, .*; check --user or NATS_USER, and NATS_PASSWORD or .*\n$/);
      expect(wrong.output).not.toContain("sekret");
    } finally {
      await closed.stop();
    }
  });

  test("a package that is missing is named, with the command that installs it", async () => {
    const bare = await packed.project("bare", [], { "job.json": JSON.stringify(JOB) });
    writeData(bare, "train", 0);
    const words = ["node_modules/webgpu-cnn/dist/command/main.js", "worker", "--data", "job.json"];
    const program = new RunningProgram(words, { cwd: bare, variables: { NATS_URL: server.url } });
    running.push(program);
    expect(await program.status).toBe(1);
    expect(program.output).toMatch(/npm install .*@nats-io\/transport-node/);
  });
});
