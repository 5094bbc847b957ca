import { expect, test } from "vitest";
import { existing } from "../../src/core/objects.js";
import { withEmptyPage } from "../support/page.js";
import { testGuide } from "./support/guide.js";
import { blocksOf } from "./support/pages.js";

const PAGE = "docs/tutorial.md";

testGuide(PAGE, {
  checks: {
    "A convolution and its picture": "expect(shown.length, 2);",
    "Train it": `
      expect(plotted.length, 2 * 75);
      expect(shown.length, 2 + 1);
      expectBetween(0.9, metrics.accuracy, 1);
      const losses = plotted.filter(([name]) => name === "loss").map(([, value]) => value);
      expectBetween(2, losses[0], 3);
      expectBetween(0, losses.at(-1), 0.5);
    `,
    "What the filters learned": "expect(shown.length, 2 + 1 + 3);",
  },
});

test("what a reader writes for show in a page of their own draws the picture", async () => {
  const { code } = existing(blocksOf(PAGE).find(({ language }) => language === "js"));
  await withEmptyPage(async (page) => {
    const given =
      "const tensorToImageData = async (bytes) => new ImageData(new Uint8ClampedArray(bytes), 2, 1); const digit = [255, 0, 0, 255, 0, 0, 255, 255];";
    await page.evaluate(`(async () => { ${given}\n${code}\n})()`);
    const pixels = () =>
      page
        .locator("canvas")
        .evaluate((each: HTMLCanvasElement) => [...(each.getContext("2d")?.getImageData(0, 0, 2, 1).data ?? [])]);
    await expect.poll(pixels).toEqual([255, 0, 0, 255, 0, 0, 255, 255]);
  });
});
