import fc from "fast-check";
import { expect, test } from "vitest";
import { fromBase64url, toBase64url } from "../../../demo/page/data/drawing.js";
import { formatSettings, parseSettings } from "../../../demo/page/settings/notation.js";
import {
  ACTIVATIONS,
  BATCH_SIZES,
  COMPUTES,
  DATA,
  DIRECTIONS,
  DROPOUTS,
  INITIAL,
  KERNEL_SIZES,
  LENDS,
  OPTIMIZERS,
  PACES,
  PADDINGS,
  POOLS,
  RANGES,
  RATES,
  ROOMS,
  SCALES,
  type Settings,
  THEMES,
} from "../../../demo/page/settings/settings.js";

const within = ([min, max]: readonly [number, number]) => fc.integer({ min, max });
const drawn = fc.uint8Array({ minLength: 784, maxLength: 784 });
const block = fc.record({
  filters: within(RANGES.filters),
  size: fc.constantFrom(...KERNEL_SIZES),
  stride: within(RANGES.stride),
  padding: fc.constantFrom(...PADDINGS),
  pool: fc.constantFrom(...POOLS),
});
const server = fc
  .record({
    scheme: fc.constantFrom("ws", "wss"),
    host: fc.oneof(fc.domain(), fc.ipV4(), fc.constantFrom("localhost", "[::1]")),
    port: fc.oneof(
      fc.constant(""),
      fc.nat(65_535).map((port) => `:${port}`),
    ),
  })
  .map(({ scheme, host, port }) => `${scheme}://${host}${port}`);
const settings: fc.Arbitrary<Settings> = fc.record({
  room: fc.constantFrom(...ROOMS),
  data: fc.constantFrom(...DATA),
  blocks: fc.array(block, { minLength: RANGES.blocks[0], maxLength: RANGES.blocks[1] }),
  activation: fc.constantFrom(...ACTIVATIONS),
  optimizer: fc.constantFrom(...OPTIMIZERS),
  rate: fc.constantFrom(...RATES),
  batch: fc.constantFrom(...BATCH_SIZES),
  dropout: fc.constantFrom(...DROPOUTS),
  seed: within(RANGES.seed),
  pace: fc.constantFrom(...PACES),
  steps: within(RANGES.steps),
  example: within(RANGES.example),
  item: within(RANGES.item),
  drawing: fc.oneof(
    fc.constant(""),
    drawn.map((bytes) => toBase64url(Float32Array.from(bytes, (byte) => byte / 255))),
  ),
  station: fc.constantFrom("x", "z1", "a2", "p3", "scores", "loss"),
  map: within(RANGES.map),
  source: within(RANGES.map),
  cell: fc.record({ row: fc.integer({ min: 0, max: 255 }), column: fc.integer({ min: 0, max: 255 }) }),
  direction: fc.constantFrom(...DIRECTIONS),
  guide: within(RANGES.guide),
  scale: fc.constantFrom(...SCALES),
  compute: fc.constantFrom(...COMPUTES),
  theme: fc.constantFrom(...THEMES),
  servers: fc.array(server, { maxLength: 3 }).map((servers) => servers.join()),
  job: fc.stringMatching(/^[\w-]{0,64}$/),
  lend: fc.constantFrom(...LENDS),
});

test("what is written into the address is read from it", () => {
  fc.assert(
    fc.property(settings, (given) => {
      expect(parseSettings(`#${formatSettings(given)}`)).toEqual(given);
    }),
  );
});

test("an address that means nothing is as at first", () => {
  expect(parseSettings("")).toEqual(INITIAL);
  expect(parseSettings("#room=attic&blocks=0x5-same-max&rate=7&seed=0&drawing=ab&cell=1&nothing=1")).toEqual(INITIAL);
  expect(parseSettings("#servers=http://host&job=two words&lend=phone")).toEqual(INITIAL);
  expect(parseSettings("#blocks=6x5-same-max,6x4-same-max")).toEqual(INITIAL);
});

test("no text in the address is refused with an error", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseSettings(text);
    }),
  );
  const names = fc.constantFrom(...Object.keys(INITIAL));
  fc.assert(
    fc.property(names, fc.string(), (name, text) => {
      parseSettings(`#${new URLSearchParams({ [name]: text })}`);
    }),
  );
});

test("a drawing comes back as it was, byte for byte", () => {
  fc.assert(
    fc.property(drawn, (bytes) => {
      const values = Float32Array.from(bytes, (byte) => byte / 255);
      expect(fromBase64url(toBase64url(values))).toEqual(values);
    }),
  );
});
