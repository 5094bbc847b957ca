import { chmodSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { decodeSafetensors } from "webgpu-cnn/io";
import { existing } from "../../../src/core/objects.js";
import { describeWithNats } from "../../distributed/support/describeWithNats.js";
import { Packed } from "../../package/packed.js";
import { blocksOf } from "../support/pages.js";
import { ShellCommand } from "./shellCommand.js";

const blocks = blocksOf("docs/guides/distributed.md");
/** The blocks of a section in one language. */
const codeOf = (section: string, language: string) =>
  blocks.filter((block) => block.section === section && block.language === language).map(({ code }) => code.trim());

/** The commands of the section, line by line. */
const lines = codeOf("On one laptop", "sh").flatMap((code) => code.split("\n"));
const lineWith = (text: string) => existing(lines.find((line) => line.includes(text)));
const [data = "", lead = "", work = ""] = codeOf("From your own code", "js");
const [startLead = "", startWork = ""] = codeOf("From your own code", "sh");
const [serve = "", trainAs = "", workAs = ""] = codeOf("Who may do what", "sh");

describeWithNats("the guide's way on one laptop, in a fresh folder", () => {
  const packages = existing(/^npm install webgpu-cnn (.*)$/.exec(lineWith("npm install"))?.[1]).split(" ");
  let packed: Packed;
  let folder: string;
  const commands: ShellCommand[] = [];
  beforeAll(async () => {
    packed = await Packed.make();
    // As `npm init -y` leaves it: no module by its name.
    const files = { "package.json": '{ "type": "commonjs" }', "data.mjs": data, "lead.mjs": lead, "work.mjs": work };
    folder = await packed.project("laptop", packages, files);
    // As npm installs a command.
    const program = join(folder, "node_modules/webgpu-cnn/dist/command/main.js");
    chmodSync(program, 0o755);
    await new ShellCommand("mkdir node_modules/.bin", folder).end;
    symlinkSync(program, join(folder, "node_modules/.bin/webgpu-cnn"));
    expect(await new ShellCommand(lineWith("cp "), folder).end).toBe(0);
  });
  afterEach(async () => {
    for (const command of commands.splice(0).reverse()) await command.kill();
  });
  afterAll(() => packed?.remove());

  function start(line: string, variables: Readonly<Record<string, string>> = {}): ShellCommand {
    const command = new ShellCommand(line, folder, variables);
    commands.push(command);
    return command;
  }

  /** Starts a server on a free port in place of 4222, which another server may have. @returns its address */
  async function startServer(line: string): Promise<string> {
    for (const name of portsFiles(folder)) rmSync(join(folder, name));
    const server = start(`${line} --port -1 --ports_file_dir .`);
    await expect.poll(() => addressIn(folder), { message: server.output }).toBeDefined();
    return existing(addressIn(folder));
  }

  /** Runs a coordinator with two workers to the end. @returns what they have written */
  async function runAll(leader: string, worker: string, NATS_URL: string): Promise<readonly string[]> {
    const all = [leader, worker, worker].map((line) => start(line, { NATS_URL }));
    for (const command of all) expect(await command.end, command.output).toBe(0);
    return all.map(({ output }) => output);
  }

  const serveAlone = () => startServer(lineWith("nats-server --"));
  const modelIn = (name: string) => readFileSync(join(folder, name));

  test("is all that the section prints", () => {
    expect(lines.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
      "sudo apt-get install",
      "sudo systemctl disable",
      "npm init -y",
      "npm install webgpu-cnn",
      "cp node_modules/webgpu-cnn/examples/distributed/mnist.json .",
      "PATH=$PATH:/usr/sbin nats-server --jetstream",
      "npx webgpu-cnn train",
      "npx webgpu-cnn worker",
    ]);
  });

  test("trains, and not a second time", async () => {
    const NATS_URL = await serveAlone();
    const train = `${lineWith("npx webgpu-cnn train")} --epochs 1`;
    const [output = ""] = await runAll(train, lineWith("npx webgpu-cnn worker"), NATS_URL);
    const accuracy = existing(/validation .*accuracy ([\d.]+)/.exec(output)?.[1]);
    expect(Number(accuracy), output).toBeGreaterThan(0.9);
    expect(decodeSafetensors(modelIn("mnist.safetensors")).tensors.size).toBe(10);
    expect(readdirSync(join(folder, "nats-data"))).toEqual(["jetstream"]);
    const again = start(`${train} --delete`, { NATS_URL });
    expect(await again.end, again.output).toBe(0);
    expect(again.output).toContain("was done already");
    expect(again.output).toContain("removed the job mnist");
  });

  test("trains by own code, and once more with --restart", async () => {
    const NATS_URL = await serveAlone();
    expect([startLead, startWork]).toEqual(["node lead.mjs", "node work.mjs"]);
    const outputs = await runAll(startLead, startWork, NATS_URL);
    expect(outputs[0]).toMatch(/^64\/64 /m);
    expect(Number(/accuracy: ([\d.]+)/.exec(existing(outputs[0]))?.[1]), outputs[0]).toBeGreaterThan(0.95);
    const replicas = outputs.slice(1).map((output) => Number(/replicas: (\d+)/.exec(output)?.[1]));
    expect(replicas.reduce((sum, count) => sum + count)).toBe(64 * 8);
    const model = modelIn("bars.safetensors");
    const again = start(startLead, { NATS_URL });
    expect(await again.end, again.output).toBe(0);
    expect(again.output).not.toMatch(/^\d+\//m);
    const anew = start(`${startLead} --restart`, { NATS_URL });
    let isOver = false;
    anew.end.finally(() => {
      isOver = true;
    });
    // A worker that comes too early finds the job that is done.
    while (!isOver) await start(startWork, { NATS_URL }).end;
    expect(await anew.end, anew.output).toBe(0);
    expect(anew.output).toMatch(/^64\/64 /m);
    expect(modelIn("bars.safetensors").equals(model)).toBe(true);
  });

  test("a wrong option ends a program with a message that says what to change", async () => {
    writeFileSync(join(folder, "wrong.mjs"), lead.replace("replicas: 8", "replicas: 0"));
    const wrong = start("node wrong.mjs", { NATS_URL: await serveAlone() });
    expect(await wrong.end).toBe(1);
    expect(wrong.output).toContain("replicas is 0, expected an integer");
  });

  test("trains with passwords", async () => {
    const commandsOf = serve.split("\n");
    const [copy = "", passwords = "", read = "", program = ""] = commandsOf;
    expect(commandsOf).toHaveLength(4);
    const made = start(`${copy}\n${passwords}`);
    expect(await made.end, made.output).toBe(0);
    const path = join(folder, "nats-server.conf");
    const configuration = readFileSync(path, "utf8");
    expect(configuration).toContain('listen: "127.0.0.1:4222"');
    expect(configuration).not.toContain('"0.0.0.0');
    writeFileSync(path, configuration.replace('listen: "127.0.0.1:9222"', 'host: "127.0.0.1"\n  port: -1'));
    const NATS_URL = await startServer(`${read}\n${program}`);
    const stranger = start(lineWith("npx webgpu-cnn worker"), { NATS_URL });
    expect(await stranger.end).toBe(1);
    const [output = ""] = await runAll(`${trainAs} --epochs 1`, workAs, NATS_URL);
    expect(output).toMatch(/^done: 219 rounds/m);
  });
});

function portsFiles(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".ports"));
}

/** The address that the server has written when it listens. */
function addressIn(folder: string): string | undefined {
  const [name] = portsFiles(folder);
  return name === undefined ? undefined : /"(nats:[^"]+)"/.exec(readFileSync(join(folder, name), "utf8"))?.[1];
}
