/**
 * The cost of single operations on a software adapter, in nanoseconds of one core for four invocations side by side. docs/internals/tuning-notes.md and
 * src/ops/conv/thresholds.ts use these prices. npm run bench:prices
 */

import { availableParallelism } from "node:os";
import { Kernel, storage } from "./ceiling/kernel.js";
import prices from "./ceiling/prices.wgsl";
import { Devices } from "./device.js";
import { fastest } from "./timing.js";
import { workDone } from "./waiting.js";

const WORKGROUPS = 256;
const WORKGROUP_SIZE = 16;
const ITERATIONS = 256;
const OPERATIONS_PER_ITERATION = 8;
const SIDE_BY_SIDE = 4;
const KINDS = {
  "load of f32": { LOAD: true },
  "load of vec4<f32>": { LOAD_VECTOR: true },
  "quadBroadcast of vec4<f32>, with an addition": { BROADCAST: true, QUADS: true },
  "integer division": { DIVISION: true },
  "loop of one turn": { LOOP: true },
} as const;
const NONE = { QUADS: false, LOAD: false, LOAD_VECTOR: false, BROADCAST: false, DIVISION: false, LOOP: false };

const devices = await Devices.find();
const { device, errors } = await devices.open();
const buffers = [1024, 4096, WORKGROUPS * WORKGROUP_SIZE].map((elements) =>
  storage(device, 4 * Math.max(elements, 16_384)),
);

async function nanoseconds(constants: Readonly<Record<string, boolean>>): Promise<number> {
  const kernel = new Kernel(device, workDone, prices, { WORKGROUP_SIZE, ...NONE, ...constants }, buffers);
  const seconds = await fastest(() => kernel.time(WORKGROUPS, ITERATIONS, 1));
  const each = (WORKGROUPS * WORKGROUP_SIZE * ITERATIONS * OPERATIONS_PER_ITERATION) / SIDE_BY_SIDE;
  return (1e9 * seconds * availableParallelism()) / each;
}

const without = await nanoseconds({});
for (const [kind, constants] of Object.entries(KINDS)) {
  console.log(`${kind}: ${((await nanoseconds(constants)) - without).toFixed(1)} ns`);
}
for (const error of errors) console.error(`✗ ${error}`);
process.exitCode = errors.length === 0 ? 0 : 1;
device.destroy();
