import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright";
import { describe, expect, test } from "vitest";
import { isFull } from "../../support/sampling.js";
import { blocksOf } from "../support/pages.js";
import { builtSite, siteTests, writtenPages } from "./support/site.js";

const { open, newPage, show } = siteTests();

/** Of the API reference, in runs that are not full. */
const API_PAGES = 6;

/** The longest time that a block may take. A busy machine needs more than a visitor's. */
const SECONDS = 60;

const blockAt = (page: Page, index: number) => page.getByRole("group", { name: "Code that runs" }).nth(index);
const button = (block: Locator, name: string) => block.getByRole("button", { name, exact: true });

/** Runs a block until its line says how it ended. @returns the line */
async function run(block: Locator, ending = /^(?:Ran|Failed)/): Promise<string> {
  await button(block, "Run").click();
  const status = block.getByRole("status");
  await expect.poll(() => status.innerText(), { timeout: SECONDS * 1000 }).toMatch(ending);
  return status.innerText();
}

/** What a block has printed, without warnings, as on a program's standard output. */
const textOf = async (block: Locator) =>
  (await block.getByRole("log").locator("pre:not(.live-error)").allInnerTexts()).join("\n");

/** Runs code of the test's own in a block. */
async function runCode(block: Locator, code: string, ending?: RegExp): Promise<string> {
  if (await button(block, "Edit").isVisible()) await button(block, "Edit").click();
  await block.getByRole("textbox").fill(code);
  return run(block, ending);
}

const pages = writtenPages().map((path) => {
  const blocks = blocksOf(`docs/${path}.md`);
  const live = blocks.flatMap(({ language }, i) => {
    const next = blocks[i + 1];
    return /^ts live\b/.test(language) ? [{ output: next?.language === "text" ? next.code.trimEnd() : undefined }] : [];
  });
  return { path, live };
});
const withLive = pages.filter(({ live }) => live.length > 0);

test("there are live blocks", () => {
  expect(withLive.length).toBeGreaterThan(0);
});

describe.each(withLive)("live blocks of $path", ({ path, live }) => {
  test("run on WebAssembly, and print what the page shows", async () => {
    const page = await open(path);
    for (const [i, { output }] of live.entries()) {
      const block = blockAt(page, i);
      const status = await run(block);
      const failure = await block.getByRole("alert").allInnerTexts();
      expect(failure, `block ${i + 1}`).toEqual([]);
      expect(status, `block ${i + 1}`).toMatch(/^Ran (?:on WebAssembly )?in [\d.]+ s$/);
      if (output !== undefined) await expect.poll(() => textOf(block), { message: `block ${i + 1}` }).toBe(output);
    }
  });
});

test("blocks of the API reference run on WebAssembly", { timeout: isFull ? 1_200_000 : 300_000 }, async () => {
  const folder = join(await builtSite(), "api");
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md") && readFileSync(join(folder, path), "utf8").includes("\n```ts live"))
    .map((path) => `api/${path.replace(/\.md$/, "")}`);
  expect(paths.length).toBeGreaterThan(100);
  // The examples of all docstrings are checked on Node.
  const waiting = isFull ? paths : paths.filter((_, i) => i % Math.ceil(paths.length / API_PAGES) === 0);
  const failed: string[] = [];
  const work = async () => {
    const page = await newPage();
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      await show(page, path);
      const block = blockAt(page, 0);
      const status = await run(block);
      if (!status.startsWith("Ran")) failed.push(`${path}: ${await block.getByRole("alert").innerText()}`);
    }
  };
  await Promise.all([work(), work()]);
  expect(failed).toEqual([]);
});

describe("a block", () => {
  const first = withLive[0]?.path ?? "index";

  test("is changed, run, stopped and reset", async () => {
    const page = await open(first);
    const block = blockAt(page, 0);
    await runCode(block, 'console.log("changed", [1, 2]);');
    await expect.poll(() => textOf(block)).toBe("changed [ 1, 2 ]");
    await block.getByRole("textbox").fill('console.log("begun"); for (;;);');
    await button(block, "Run").click();
    await expect.poll(() => textOf(block)).toBe("begun");
    await button(block, "Stop").click();
    await expect.poll(() => block.getByRole("status").innerText()).toBe("Stopped");
    await button(block, "Reset").click();
    await expect.poll(() => block.getByRole("textbox").count()).toBe(0);
    await expect.poll(() => textOf(block)).toBe("");
    await run(block, /^Ran/);
  });

  test("may contain types after a change, and mistakes are named", async () => {
    const page = await open(first);
    const block = blockAt(page, 0);
    const code = 'const x: number = 1;\nconsole.log(x satisfies number);\nimport { type Backend } from "webgpu-cnn";';
    await runCode(block, code, /^Ran in/);
    await expect.poll(() => textOf(block)).toBe("1");
    const alert = block.getByRole("alert");
    await runCode(block, "const y = 1;\nconst z: = 2;");
    await expect.poll(() => alert.innerText()).toBe("SyntaxError: line 2: Type expected.");
    await runCode(block, 'import { createBackend } from "webgpu-cnn";\n(await createBackend()).zeros([-1]);');
    await expect.poll(() => alert.innerText()).toMatch(/^ShapeError: .*-1/);
    await runCode(block, 'Promise.reject(new Error("later"));\nawait new Promise(() => {});');
    await expect.poll(() => alert.innerText()).toBe("Error: later");
    await runCode(block, 'import { nothing } from "webgpu-cnn";');
    await expect.poll(() => alert.innerText()).toContain("nothing");
  });

  test("is run by the keyboard", async () => {
    const page = await open(first);
    const block = blockAt(page, 0);
    await button(block, "Edit").focus();
    await page.keyboard.press("Enter");
    await block.getByRole("textbox").fill("console.log(2);");
    await page.keyboard.press("Control+Enter");
    await expect.poll(() => textOf(block)).toBe("2");
  });

  test("shows pictures and curves", async () => {
    const page = await open(first);
    const block = blockAt(page, 0);
    const code = `
      const image = new ImageData(2, 1);
      image.data.set([255, 0, 0, 255, 0, 0, 255, 255]);
      show(image, { scale: 8 });
      for (const value of [3, 2, 1.5]) plot("loss", value);
    `;
    await runCode(block, code, /^Ran/);
    const canvas = block.getByRole("img", { name: "Picture 1, 2 × 1 pixels" });
    const pixels = await canvas.evaluate((each) =>
      each instanceof HTMLCanvasElement ? [...(each.getContext("2d")?.getImageData(0, 0, 2, 1).data ?? [])] : [],
    );
    expect(pixels).toEqual([255, 0, 0, 255, 0, 0, 255, 255]);
    await expect.poll(async () => (await canvas.boundingBox())?.width).toBe(16);
    await block.getByRole("img", { name: "Curve of loss: 3 points, 1.50 to 3" }).waitFor();
    await expect.poll(() => block.locator(".live-axis").innerText()).toMatch(/^point 1\s+point 3$/);
  });

  test("has its bar in the window, also below long code, and its output replaces the expected one", async () => {
    const page = await open("tutorial");
    const index =
      pages.find(({ path }) => path === "tutorial")?.live.findIndex(({ output }) => output !== undefined) ?? -1;
    const block = blockAt(page, index);
    await page.setViewportSize({ width: 1200, height: 400 });
    await block.evaluate((each) => each.scrollIntoView({ block: "start" }));
    await expect
      .poll(() => block.evaluate((each) => each.querySelector("pre")?.getBoundingClientRect().bottom ?? 0))
      .toBeGreaterThan(400);
    const place = () => button(block, "Run").boundingBox();
    await expect.poll(async () => (await place())?.y ?? 0).toBeGreaterThan(300);
    await expect.poll(async () => (await place())?.y ?? 400).toBeLessThan(400);
    const expected = block.locator("xpath=following-sibling::div[1]");
    await expect.poll(() => expected.innerText()).toContain("expected output");
    await run(block, /^Ran/);
    await expect.poll(() => expected.isVisible()).toBe(false);
    await button(block, "Reset").click();
    await expect.poll(() => expected.isVisible()).toBe(true);
  });

  test("reads the site's digits", async () => {
    const page = await open(first);
    const block = blockAt(page, 0);
    const code = `
      import { readIdx } from "webgpu-cnn/io";
      for (const name of ["images", "labels", "test-images", "test-labels"]) {
        const { body } = await fetch(\`data/digits-\${name}.idx.gz\`);
        const unpacked = body.pipeThrough(new DecompressionStream("gzip"));
        const { shape, data } = readIdx(new Uint8Array(await new Response(unpacked).arrayBuffer()));
        console.log(name, shape, data.slice(0, 5));
      }
    `;
    await runCode(block, code, /^Ran/);
    await expect
      .poll(async () => (await textOf(block)).split("\n"))
      .toEqual([
        "images [ 4000, 28, 28 ] Uint8Array(5) [ 0, 0, 0, 0, 0 ]",
        "labels [ 4000 ] Uint8Array(5) [ 5, 0, 4, 1, 9 ]",
        "test-images [ 1000, 28, 28 ] Uint8Array(5) [ 0, 0, 0, 0, 0 ]",
        "test-labels [ 1000 ] Uint8Array(5) [ 7, 2, 1, 0, 4 ]",
      ]);
  });
});
