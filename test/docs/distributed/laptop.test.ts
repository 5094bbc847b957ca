import { chmodSync, existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { decodeSafetensors } from "webgpu-cnn/io";
import { existing } from "../../../src/core/objects.js";
import { describeWithNats } from "../../distributed/support/describeWithNats.js";
import { Packed } from "../../package/packed.js";
import { blocksOf } from "../support/pages.js";
import { ShellCommand } from "./shellCommand.js";

/** The commands of the section, line by line. */
const lines = blocksOf("docs/guides/distributed.md")
  .filter(({ section, language }) => section === "On one laptop" && language === "sh")
  .flatMap(({ code }) => code.trim().split("\n"));
const lineWith = (text: string) => existing(lines.find((line) => line.includes(text)));

describeWithNats("the guide's way on one laptop, in a fresh folder", () => {
  const packages = existing(/^npm install webgpu-cnn (.*)$/.exec(lineWith("npm install"))?.[1]).split(" ");
  let packed: Packed;
  let folder: string;
  const commands: ShellCommand[] = [];
  beforeAll(async () => {
    packed = await Packed.make();
    folder = await packed.project("laptop", packages, {});
    // As npm installs a command.
    const program = join(folder, "node_modules/webgpu-cnn/dist/command/main.js");
    chmodSync(program, 0o755);
    await new ShellCommand("mkdir node_modules/.bin", folder).end;
    symlinkSync(program, join(folder, "node_modules/.bin/webgpu-cnn"));
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

  test("trains", async () => {
    expect(await start(lineWith("cp ")).end).toBe(0);
    // A free port in place of 4222, which another server may have.
    const server = start(`${lineWith("nats-server --")} --port -1 --ports_file_dir .`);
    await expect.poll(() => portsFile(folder), { message: server.output }).toBeDefined();
    const variables = { NATS_URL: existing(portsFile(folder)) };
    const train = start(`${lineWith("npx webgpu-cnn train")} --epochs 1`, variables);
    const workers = [1, 2].map(() => start(lineWith("npx webgpu-cnn worker"), variables));
    expect(await train.end, train.output).toBe(0);
    for (const worker of workers) expect(await worker.end, worker.output).toBe(0);
    const accuracy = existing(/validation .*accuracy ([\d.]+)/.exec(train.output)?.[1]);
    expect(Number(accuracy), train.output).toBeGreaterThan(0.9);
    expect(decodeSafetensors(readFileSync(join(folder, "mnist.safetensors"))).tensors.size).toBe(10);
    expect(existsSync(join(folder, "nats-data"))).toBe(true);
  });
});

/** The address that the server has written when it listens. */
function portsFile(folder: string): string | undefined {
  const name = readdirSync(folder).find((each) => each.endsWith(".ports"));
  return name === undefined ? undefined : /"(nats:[^"]+)"/.exec(readFileSync(join(folder, name), "utf8"))?.[1];
}
