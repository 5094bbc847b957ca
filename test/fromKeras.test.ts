import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = readFileSync(join(root, "docs/from-keras-and-tfjs.md"), "utf8");

interface Block {
  readonly language: string;
  readonly heading: string;
  readonly code: string;
}

/** The code blocks of the page, in order. */
function blocks(): Block[] {
  return page.split(/^## /m).flatMap((section) => {
    const [heading = ""] = section.split("\n", 1);
    const found = section.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm);
    return [...found].map(([, language = "", code = ""]) => ({ language, heading, code }));
  });
}

const isImport = (line: string) => /^import |^from /.test(line);
const linesOf = (code: string) => code.split("\n").filter((line) => line.trim() !== "" && !isImport(line)).length;

test("each task takes at most one line more than in Keras", () => {
  const tasks = blocks().filter(({ language }) => language === "ts");
  expect(tasks.map(({ heading }) => heading)).toEqual([
    "Train and evaluate",
    "Freeze layers",
    "Replace the head",
    "Stop early, with the best weights",
    "Save the best",
    "Load for inference",
    "A skip connection",
    "Two optimizers",
    "Weights from PyTorch",
  ]);
  for (const { heading, code } of tasks) {
    const keras = blocks().find((block) => block.language === "python" && block.heading === heading)?.code ?? "";
    expect(linesOf(code), heading).toBeLessThanOrEqual(linesOf(keras) + 1);
  }
});

test("the tasks run as they stand", async () => {
  const folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-"));
  try {
    const code = blocks().filter(({ language }) => language.startsWith("ts"));
    const setups = code.filter(({ language }) => language === "ts setup");
    const program = code
      .filter(({ language }) => language !== "ts setup")
      .flatMap((block) => [
        ...(block.heading === "Two optimizers" ? [MODELS, ...setups.map(({ code }) => code)] : []),
        ...(block.heading === "Weights from PyTorch" ? [TORCH] : []),
        block.code,
        ...(block.language === "ts prelude" ? [DATA] : []),
      ])
      .join("\n");
    writeFileSync(join(folder, "program.ts"), withImportsOnce(`${program}\n${END}`));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, "tools/run.mjs"), join(folder, "program.ts")],
      { cwd: folder, timeout: 100_000, killSignal: "SIGKILL" },
    );
    expect(stdout).toContain("[ 48, 10 ]");
    expect(stdout.trim().split("\n").at(-1)).toBe("done");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Each name is imported once. */
function withImportsOnce(program: string): string {
  const names = new Map<string, Set<string>>();
  const rest = program.replaceAll(/^import \{(.*)\} from "(.*)";$/gm, (_, list: string, module: string) => {
    const known = names.get(module) ?? new Set();
    for (const name of list.split(",")) known.add(name.trim());
    names.set(module, known);
    return "";
  });
  const imports = [...names].map(([module, list]) => `import { ${[...list].join(", ")} } from "${module}";`);
  return [...imports, rest].join("\n");
}

/** Images whose brighter half tells the class. */
const DATA = `
const digits = (count: number, seed: number) => {
  const labels = Uint8Array.from({ length: count }, (_, i) => (i * 7 + seed) % 3);
  const images = Uint8Array.from({ length: count * 784 }, (_, i) => 80 * (labels[Math.floor(i / 784)] ?? 0) + (i % 50));
  return { images, shape: [count, 28, 28, 1], labels };
};
const [train, validation] = [digits(128, 1), digits(48, 2)];
`;

const MODELS = `
const [generator, critic] = [new Sequential([new Dense({ units: 1 })]), new Sequential([new Dense({ units: 1 })])];
for (const [i, each] of [generator, critic].entries()) each.build(backend, { inputShape: [1], seed: i });
`;

const TORCH = `
backend.tidy(() => step(backend.zeros([4, 1]), backend.full([4, 1], 1)));
const torch = new Sequential([new Conv2D({ filters: 8, kernelSize: 3 }), new Flatten(), new Dense({ units: 10 })]);
torch.build(backend, { inputShape: [28, 28, 1] });
const tensor = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) });
await saveCheckpoint("torch.safetensors", {
  tensors: {
    "conv.weight": tensor(8, 1, 3, 3), "conv.bias": tensor(8), "fc.weight": tensor(10, 5408), "fc.bias": tensor(10),
  },
  metadata: {},
});
`;

const END = `
backend.destroy();
console.log("done");
`;
