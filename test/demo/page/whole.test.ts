import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright";
import { expect, test } from "vitest";
import { ROOMS } from "../../../demo/page/settings/settings.js";
import { faultsOf, nextFrames } from "../support/faults.js";
import { builtPage, pageTests } from "../support/page.js";

const { open } = pageTests();

const KILOBYTE = 1000;
/** Gzip, of all scripts of the page and of its worker, except those for volunteers. */
const MOST_SCRIPT = 350 * KILOBYTE;
/** Gzip, of the room Join, and of what comes when a volunteer joins: the clients of NATS, and the training on many machines. */
const MOST_JOINING = 100 * KILOBYTE;
const MOST_DIGITS = 3000 * KILOBYTE;

/** A button that changes what is shown, though not the address. */
const FILL = "Fill it window by window";

/** States of the rooms in which something else is shown. */
const STATES = [
  ...ROOMS.map((room) => `room=${room}`),
  "steps=3&data=fashion",
  "steps=3&blocks=3x3-same-none,16x7s2-same-average,4x3-valid-none&activation=tanh",
  "room=join&servers=wss://train.example.org,wss://other.example.org:9222&job=a-name-that-is-quite-long-as-names-of-jobs-go",
  "room=inside&station=z2&map=3&source=2&cell=4-4",
  "room=inside&station=p1&map=1",
  "room=inside&station=scores",
  "room=inside&direction=backward&station=z2&cell=4-4",
  "room=inside&direction=backward&station=loss&guide=2",
  `room=inside&direction=backward&station=p1&map=3&cell=7-9 ${FILL}`,
];

test("the scripts and the digits keep their budgets", async () => {
  const assets = join(await builtPage(), "assets");
  const texts = new Map(
    readdirSync(assets)
      .filter((name) => name.endsWith(".js"))
      .map((name) => [name, readFileSync(join(assets, name), "utf8")]),
  );
  const first = [...texts.keys()].filter((name) => name.startsWith("index-"));
  expect(first.length).toBe(1);
  const reached = new Set(first);
  // A set gives what is added to it on the way, too.
  for (const script of reached) {
    for (const name of texts.keys()) {
      if (texts.get(script)?.includes(name) && !/^(Join|volunteering)-/.test(name)) reached.add(name);
    }
  }
  const joining = [...texts.keys()].filter((name) => !reached.has(name));
  expect(joining.some((name) => name.startsWith("volunteering-"))).toBe(true);
  const sizeOf = (names: Iterable<string>) =>
    [...names].reduce((sum, name) => sum + gzipSync(texts.get(name) ?? "", { level: 9 }).length, 0);
  const [total, atJoining] = [sizeOf(reached), sizeOf(joining)];
  console.log(
    `scripts: ${(total / KILOBYTE).toFixed(0)} KB gzip in ${reached.size} files, ${(atJoining / KILOBYTE).toFixed(0)} KB in ${joining.length} for volunteers`,
  );
  expect(total).toBeLessThan(MOST_SCRIPT);
  expect(atJoining).toBeLessThan(MOST_JOINING);
  for (const name of readdirSync(assets).filter((name) => name.endsWith(".bin"))) {
    expect(statSync(join(assets, name)).size, name).toBeLessThan(MOST_DIGITS);
  }
});

test.each(STATES)("nothing lies over something else at any width, and axe has no complaint: %s", async (state) => {
  const [address = "", fills] = state.split(` ${FILL}`);
  const page = await open(address);
  await settled(page);
  if (fills !== undefined) await page.getByRole("button", { name: FILL }).click();
  await settled(page);
  const found = await faultsOf(page);
  expect(found).toEqual([]);
});

test("a room looks the same after all others were visited", async () => {
  const page = await open("steps=3");
  const look = async (room: string) => {
    await page.getByRole("navigation").getByText(room, { exact: true }).click();
    await page.waitForSelector(`a[aria-current=page]:text-is("${room}")`);
    await settled(page);
    return boxes(page);
  };
  const rooms = ["Learn", "Inside", "Upscale", "Measure", "Join"];
  const first = new Map<string, unknown>();
  for (const room of rooms) first.set(room, await look(room));
  for (const room of rooms) {
    const again = await look(room);
    expect(again, room).toEqual(first.get(room));
  }
});

/** Where each element of the room lies, in whole pixels, and its colours. */
const boxes = (page: Page) =>
  page.evaluate(() =>
    Array.from(document.querySelectorAll("main *"), (element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      const { color, backgroundColor } = getComputedStyle(element);
      return [element.tagName, ...[x, y, width, height].map(Math.round), color, backgroundColor].join(" ");
    }),
  );

/** Waits until what the address asks for is shown. */
async function settled(page: Page): Promise<void> {
  await page.waitForSelector("main:not(:has(.waits))");
  // Upscale shows its first photo a little later.
  await page.waitForSelector("main:not(:has(.upscale button.main:disabled))");
  await page.waitForSelector("[data-activity=paused]");
  await nextFrames(page);
}
