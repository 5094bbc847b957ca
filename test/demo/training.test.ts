import { describe, expect, test } from "vitest";
import { UsageError } from "../../demo/commandLine.js";
import { readArguments } from "../../demo/train/arguments.js";
import { logarithmicAxis, roundTicks, shareAxis } from "../../demo/train/chart.js";
import { classify, confusionMatrix, confusionTable, meanCrossEntropy, mistakes } from "../../demo/train/confusion.js";
import { LearningCurve, smoothed } from "../../demo/train/curve.js";
import { drawPicture } from "../../demo/train/picture.js";
import { duration, lossAndAccuracy, ProgressBar, progressLine } from "../../demo/train/progressBar.js";
import { settingsMetadata, settle } from "../../demo/train/settings.js";

describe("arguments", () => {
  test("none are needed", () => {
    expect(readArguments([])).toEqual({ backend: "auto", out: "out" });
  });

  test("all of them", () => {
    const words = "--epochs 10 --limit 6400 --backend cpu --seed 7 --resume a.safetensors --out there".split(" ");
    const all = { epochs: 10, limit: 6400, backend: "cpu", seed: 7, resume: "a.safetensors", out: "there" };
    expect(readArguments(words)).toEqual(all);
    expect(readArguments(["--epochs=3", "--help"])).toBeUndefined();
  });

  test.each([
    [["--epoch", "3"], /^--epoch is not an option; did you mean --epochs\?$/],
    [["--sed=3"], /^--sed is not an option; did you mean --seed\?$/],
    [["--qqqqqqqqqqqq"], /^--qqqqqqqqqqqq is not an option; known are --epochs, .*--help$/],
    [["10"], /^"10" is not an option/],
    [["--epochs"], /epochs/],
    [["--epochs", "0"], /^--epochs is "0", expected a whole number from 1 to 1000$/],
    [["--epochs", "1.5"], /expected a whole number/],
    [["--epochs", "1e2"], /expected a whole number/],
    [["--epochs", ""], /expected a whole number/],
    [["--limit", "63"], /from 64 to 60000$/],
    [["--limit", "60001"], /from 64 to 60000$/],
    [["--seed=-1"], /^--seed is "-1"/],
    [["--seed", "9007199254740992"], /^--seed is/],
    [["--backend", "gpu"], /^--backend is "gpu", expected auto, webgpu, wasm or cpu$/],
    [["--resume", ""], /^--resume is empty/],
    [["--out", ""], /^--out is empty/],
    [["--help=no"], /help/],
  ])("%j is refused", (words, message) => {
    expect(() => readArguments(words)).toThrow(UsageError);
    expect(() => readArguments(words)).toThrow(message);
  });
});

describe("settings", () => {
  const given = { backend: "auto", out: "out" } as const;
  const saved = settingsMetadata({ epochs: 3, limit: 6400, seed: 9 });

  test("are the defaults where nothing is given, else what is", () => {
    expect(settle(given)).toEqual({ epochs: 1, limit: 60_000, seed: 1 });
    expect(settle({ ...given, seed: 0, limit: 64 })).toEqual({ epochs: 1, limit: 64, seed: 0 });
  });

  test("a run that goes on has those that it began with, and may have more epochs", () => {
    const resumed = { ...given, resume: "a.safetensors" };
    expect(settle(resumed, saved)).toEqual({ epochs: 3, limit: 6400, seed: 9 });
    expect(settle({ ...resumed, epochs: 5, seed: 9 }, saved)).toEqual({ epochs: 5, limit: 6400, seed: 9 });
    expect(() => settle({ ...resumed, seed: 1 }, saved)).toThrow(
      "--seed is 1, but a.safetensors was trained with 9; leave it out, or start without --resume",
    );
    expect(() => settle({ ...resumed, limit: 64 }, saved)).toThrow(UsageError);
    expect(() => settle({ ...resumed, epochs: 2 }, saved)).toThrow(/^--epochs is 2, but a.safetensors was to have 3/);
    expect(() => settle(resumed, { step: "4" })).toThrow(/a.safetensors, which npm start did not save/);
  });
});

/** What a terminal or a file would have received. */
function stream(isTTY: boolean, columns = 200) {
  const written: string[] = [];
  const write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  return { written, stream: { isTTY, columns, write } };
}

describe("the progress bar", () => {
  const shown = lossAndAccuracy({ loss: 0.123456, accuracy: 0.9625 });
  const now = { epoch: 1, epochs: 2, step: 50, steps: 100, shown, imagesPerSecond: 3200 };

  test("says everything in one line", () => {
    expect(progressLine(now, 64)).toBe(
      "epoch 1/2 ▕██████                  ▏  loss 0.123  accuracy  96.3 %  3,200 images/s  0:03 left",
    );
    expect(progressLine({ ...now, epoch: 2, step: 100 }, 64)).toMatch(/▕█{24}▏ {2}loss.* 0:00 left$/);
    const all = lossAndAccuracy({ loss: 0.123456, accuracy: 1 });
    const long = { ...now, epoch: 10, epochs: 10, shown: all, imagesPerSecond: 9999 };
    expect(progressLine(long, 64, 79)).toHaveLength(79);
    // The first step has no speed yet.
    expect(progressLine({ ...now, imagesPerSecond: 0 }, 64)).toMatch(/ 0 images\/s {2}–:–– left$/);
    expect([0, 0.1, 59.2, 61, 3600].map(duration)).toEqual(["0:00", "0:01", "1:00", "1:01", "60:00"]);
  });

  test("rewrites one line of a terminal, and keeps it from wrapping", () => {
    const { written, stream: terminal } = stream(true, 30);
    let time = 0;
    const bar = new ProgressBar(terminal, 64, () => time);
    bar.update(now);
    time = 50;
    bar.update({ ...now, step: 51 });
    time = 101;
    bar.update({ ...now, step: 52 });
    bar.end();
    bar.end();
    expect(written.map((text) => text.slice(0, 14))).toEqual([...new Array(3).fill("\r\x1b[2Kepoch 1/2"), "\n"]);
    expect(written[0]).toHaveLength("\r\x1b[2K".length + 29);
  });

  test("is not cut off by a terminal that says it has no columns", () => {
    const { written, stream: terminal } = stream(true, 0);
    new ProgressBar(terminal, 64).update(now);
    expect(written).toEqual([`\r\x1b[2K${progressLine(now, 64)}`]);
  });

  test("writes lines elsewhere, now and then and at an epoch's end", () => {
    const { written, stream: file } = stream(false);
    let time = 0;
    const bar = new ProgressBar(file, 64, () => time);
    for (let step = 1; step <= 100; step++) {
      time += 70;
      bar.update({ ...now, step });
    }
    bar.end();
    expect(written).toHaveLength(3);
    for (const line of written) expect(line).toMatch(/^epoch [\P{Cc}]*\n$/u);
    expect(written[2]).toBe(`${progressLine({ ...now, step: 100 }, 64)}\n`);
  });

  test("has no line for each of many short epochs, but for the last", () => {
    const { written, stream: file } = stream(false);
    let time = 0;
    const bar = new ProgressBar(file, 64, () => time);
    for (let epoch = 1; epoch <= 20; epoch++) {
      time += 100;
      bar.update({ ...now, epoch, epochs: 20, step: 100 });
    }
    expect(written.map((line) => line.slice(0, 11))).toEqual(["epoch  1/20", "epoch 11/20", "epoch 20/20"]);
  });
});

describe("what the network says of the test digits", () => {
  const logits = Float32Array.of(1, 3, 2, 9, 0, 0, 1, 1, 1, -200, 0, 200);
  const labels = Uint8Array.of(1, 1, 2, 0);
  const predictions = { labels, ...classify(logits, 3) };

  test("is the largest logit, with softmax's probability", () => {
    expect([...predictions.predicted]).toEqual([1, 0, 0, 2]);
    const confidence = [Math.exp(3) / (Math.exp(1) + Math.exp(3) + Math.exp(2)), 1 / (1 + 2 * Math.exp(-9)), 1 / 3, 1];
    for (const [i, expected] of confidence.entries()) expect(predictions.confidence[i]).toBeCloseTo(expected, 12);
  });

  test("has softmax's cross-entropy, however large the logits are", () => {
    const losses = [
      Math.log(Math.exp(1) + Math.exp(3) + Math.exp(2)) - 3,
      Math.log(Math.exp(9) + 2) - 0,
      Math.log(3),
      400 + Math.log(1 + Math.exp(-200) + Math.exp(-400)),
    ];
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / 4;
    expect(meanCrossEntropy(logits, labels, 3)).toBeCloseTo(mean, 12);
  });

  test("is counted, true class by predicted class", () => {
    const matrix = confusionMatrix(predictions, 3);
    expect(matrix).toEqual([
      [0, 0, 1],
      [1, 1, 0],
      [1, 0, 0],
    ]);
    expect(confusionTable(matrix).split("\n")).toEqual([
      "   0  1  2   right",
      "──────────────────",
      "0  ·  ·  1   0.0 %",
      "1  1  1  ·  50.0 %",
      "2  1  ·  ·   0.0 %",
    ]);
    expect(confusionTable(matrix, ["cat", "dog", "emu"]).split("\n")).toEqual([
      "     cat  dog  emu   right",
      "──────────────────────────",
      "cat    ·    ·    1   0.0 %",
      "dog    1    1    ·  50.0 %",
      "emu    1    ·    ·   0.0 %",
    ]);
    expect(confusionTable(matrix, ["cat", "whale", "emu"]).split("\n").slice(0, 4)).toEqual([
      "          0  1  2   right",
      "─────────────────────────",
      "  cat  0  ·  ·  1   0.0 %",
      "whale  1  1  1  ·  50.0 %",
    ]);
    expect(() => confusionMatrix({ ...predictions, labels: Uint8Array.of(3, 0, 0, 0) }, 3)).toThrow(/example 0/);
  });

  test("is listed where it is wrong, the surest first", () => {
    expect(mistakes(predictions)).toEqual([3, 1, 2]);
  });
});

describe("the learning curve", () => {
  const curve = new LearningCurve();
  for (let step = 1; step <= 40; step++) curve.add(step, 2.3 * 0.9 ** step, 1 - 0.9 ** step);

  test("goes into a checkpoint's tensors and comes out of them, and leaves the others", () => {
    const w = { shape: [2], data: Float32Array.of(1, 2) };
    const { curve: again, rest } = LearningCurve.takeFrom(new Map([["w", w], ...curve.tensors()]));
    expect(again).toEqual(curve);
    expect([...rest]).toEqual([["w", w]]);
    expect(LearningCurve.takeFrom(rest).curve.steps).toEqual([]);
  });

  test("is smoothed by means over neighbours", () => {
    expect(smoothed([1, 2, 6, 3], 1)).toEqual([1.5, 3, 11 / 3, 4.5]);
    expect(smoothed([], 1)).toEqual([]);
    const recent = curve.recent(2);
    expect(recent.loss).toBeCloseTo((2.3 * (0.9 ** 39 + 0.9 ** 40)) / 2, 12);
    expect(recent.accuracy).toBeCloseTo(1 - (0.9 ** 39 + 0.9 ** 40) / 2, 12);
  });

  test("is drawn between round numbers", () => {
    expect(roundTicks(937)).toEqual([0, 200, 400, 600, 800]);
    expect(roundTicks(1)).toEqual([0, 1]);
    const share = shareAxis(0.913);
    expect(share.ticks.map(share.format)).toEqual(["100 %", "98 %", "96 %", "94 %", "92 %", "90 %"]);
    expect(share.position(0.95)).toBeCloseTo(0.5, 12);
    const log = logarithmicAxis([2, 0.02]);
    expect(log.position(0.2)).toBeCloseTo(0.5, 12);
    expect(log.ticks.map(log.format)).toEqual(["0.01", "0.03", "0.1", "0.3", "1", "3", "10", "30"]);
  });

  test("the picture is a PNG, with or without mistakes, with or without a curve", () => {
    const filters = { shape: [5, 5, 1, 6], values: Float32Array.from({ length: 150 }, (_, i) => Math.sin(i)) };
    const digit = { shape: [1, 28, 28, 1], values: new Float32Array(784).fill(0.5) };
    const mistake = { digit, label: 4, predicted: 9, confidence: 0.98 };
    const content = { title: "title", subtitle: "subtitle", curve, filters, mistakes: new Array(31).fill(mistake) };
    const heightOf = (png: Buffer) => {
      expect(png.subarray(1, 4).toString("latin1")).toBe("PNG");
      return png.readUInt32BE(20);
    };
    const full = heightOf(drawPicture(content));
    const perfect = heightOf(drawPicture({ ...content, curve: new LearningCurve(), mistakes: [] }));
    expect(full).toBeGreaterThan(perfect);
  });
});
