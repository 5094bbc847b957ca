import fc from "fast-check";
import { expect, test } from "vitest";
import {
  DIRECTIONS,
  FILTERS,
  formatSettings,
  INITIAL,
  OWN_PICTURE_SIZE,
  PAINTINGS,
  parseSettings,
  RANGES,
  type Settings,
} from "../../demo/page/settings.js";

const within = ([least, most]: readonly [number, number]) => fc.integer({ min: least, max: most });
const cell = fc.record({ row: fc.integer({ min: 0, max: 255 }), column: fc.integer({ min: 0, max: 255 }) });
const hundredths = fc.integer({ min: -900, max: 900 }).map((value) => value / 100);
const base64url = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) =>
  Buffer.from(bytes)
    .toString("hex")
    .repeat(OWN_PICTURE_SIZE ** 2 / 8),
);

const settings: fc.Arbitrary<Settings> = fc.record({
  picture: fc.constantFrom("0", "9", ...PAINTINGS, "own"),
  pixels: fc.oneof(fc.constant(""), base64url),
  filter: fc.constantFrom(...FILTERS),
  size: within(RANGES.size),
  weights: fc.array(hundredths, { maxLength: 49 }),
  seed: within(RANGES.seed),
  bias: hundredths,
  stride: within(RANGES.stride),
  padding: within(RANGES.padding),
  dilation: within(RANGES.dilation),
  pooling: fc.constantFrom("max", "average"),
  window: within(RANGES.window),
  poolStride: within(RANGES.poolStride),
  direction: fc.constantFrom(...DIRECTIONS),
  channel: within(RANGES.channel),
  cell,
  pooled: cell,
  gradient: fc.constantFrom("one", "all"),
  ties: fc.constantFrom("first", "all"),
  walked: fc.option(fc.integer({ min: 0, max: 9999 })),
  compute: fc.constantFrom("auto", "webgpu", "wasm", "cpu"),
  theme: fc.constantFrom("auto", "light", "dark"),
});

test("all settings come back from an address as they went in", () => {
  fc.assert(
    fc.property(settings, (given) => {
      expect(parseSettings(`#${formatSettings(given)}`)).toEqual(given);
    }),
  );
});

test("the first settings need no address", () => {
  expect(formatSettings(INITIAL)).toBe("");
  expect(parseSettings("")).toEqual(INITIAL);
});

test("an address says what differs, in words that a person can read", () => {
  expect(
    formatSettings({ ...INITIAL, picture: "house", stride: 2, cell: { row: 3, column: 4 }, weights: [1, -0.5] }),
  ).toBe("picture=house&weights=1,-0.5&stride=2&cell=3-4");
});

test.each([
  "stride=0",
  "stride=5",
  "stride=1.5",
  "stride=two",
  "picture=cat",
  "cell=3",
  "cell=1-2-3",
  "cell=9999-1",
  "weights=1,x",
  "weights=1,,2",
  "bias=1e9",
  "bias=NaN",
  "pixels=short",
  "walked=-1",
  "unknown=1",
  "toString=1",
  "__proto__=1",
  "%E0%A4%A",
])("what an address should not ask for is left as it was: %s", (hash) => {
  expect(parseSettings(hash)).toEqual(INITIAL);
});
