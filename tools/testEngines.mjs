/**
 * Checks that `kind: "wasm"` gives the same bits on several releases of Node, in Chromium and in Firefox, on one thread and on two, and that
 * it keeps no page from other work: node tools/testEngines.mjs
 * Firefox is `FIREFOX_PATH`, `firefox-esr` or `firefox`. Without it, the rest is checked, and the command says so.
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { findChromium, findFirefox } from "./engines/browsers.mjs";
import { digestsOnNode, nodeName, otherNodes } from "./engines/nodes.mjs";
import { Pages } from "./engines/pages.mjs";

/** @typedef {import("../test/engines/digests.ts").Digest} Digest */
/** @typedef {import("../test/engines/digests.ts").Digests} Digests */
/** @typedef {import("../test/engines/longWork.ts").LongWork} LongWork */
/** @typedef {import("../test/engines/page.ts").Opened} Opened */
/** @typedef {import("./engines/browsers.mjs").Browser} Browser */

const NOT_ISOLATED = "the page is not cross-origin isolated, so it has no shared memory";
/** A page must answer within this time. */
const MOST_MILLISECONDS = 50;
/** A fault of the library blocks the page every time. Other work of the machine does not. */
const TRIES = 5;

const folder = fileURLToPath(new URL(".", import.meta.url));
const cache = join(folder, "../node_modules/.cache/engines");
const script = join(cache, "program/node.js");
const page = join(cache, "page");

/** @type {readonly Digest[] | undefined} Of the first engine. */
let expected;
/** @type {Set<string>} */
const differing = new Set();
let engines = 0;
let failures = 0;

await bundle("node.config.ts", join(cache, "program"));
await bundle("page.config.ts", page);
const own = await nodeName(process.execPath);
for (const threads of [1, 2]) compare(own, threads, undefined, await digestsOnNode(process.execPath, script, threads));
for await (const program of otherNodes(cache)) {
  const name = await nodeName(program);
  if (name !== own) compare(name, 2, undefined, await digestsOnNode(program, script, 2));
}
await inBrowser(await findChromium());
const firefox = await findFirefox();
if (firefox) await inBrowser(firefox);
else console.log("no Firefox on this machine: NOT TESTED THERE");

const items = expected?.length ?? 0;
const bits = differing.size === 0 ? "all the same bits" : `${differing.size} DIFFER`;
console.log(`${engines} engines, ${items} items, ${bits}${failures > 0 ? `; ${failures} OTHER FAILURES` : ""}`);
process.exitCode = differing.size + failures === 0 ? 0 : 1;

/**
 * @param {string} config
 * @param {string} outDir
 */
async function bundle(config, outDir) {
  await build({ configFile: join(folder, "engines", config), logLevel: "error", build: { outDir } });
}

/**
 * @param {boolean} holds
 * @param {string} what
 */
function check(holds, what) {
  console.log(`${holds ? "✓" : "✗"} ${what}`);
  if (!holds) failures++;
}

/**
 * @param {string} engine
 * @param {number} threads that it must have used
 * @param {string | undefined} why the reason for fewer threads that it must have told
 * @param {Digests} digests
 */
function compare(engine, threads, why, digests) {
  const { list } = digests;
  const name = `${engine}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
  engines++;
  const told = digests.whyFewerThreads;
  if (digests.threads !== threads) check(false, `${name}: it used ${digests.threads} (${told})`);
  if (told !== why) check(false, `${name}: whyFewerThreads is ${told}, expected ${why}`);
  expected ??= list;
  const different = expected.filter(({ name, digest }, i) => list[i]?.name !== name || list[i].digest !== digest);
  for (const { name } of different) differing.add(name);
  if (list.length !== expected.length) check(false, `${name}: ${list.length} items, expected ${expected.length}`);
  if (different.length === 0) console.log(`✓ ${name}: the same bits`);
  else console.log(`✗ ${name}: other bits in\n${different.map(({ name }) => `    ${name}`).join("\n")}`);
}

/** @param {Browser} browser */
async function inBrowser({ name, open }) {
  const pages = new Pages(page, open);
  try {
    compare(`${name}, isolated`, 2, undefined, await pages.visit("isolated", "digests", 2));
    compare(`${name}, not isolated`, 1, NOT_ISOLATED, await pages.visit("plain", "digests", 2));
    await checkLongWork(name, "isolated", pages);
    await checkLongWork(name, "plain", pages);
    /** @type {Opened} */
    const { kind, reason } = await pages.visit("strict", "openAny", 1);
    if (kind === "webgpu") {
      console.log(`${name} has a GPU: a page that may not use WebAssembly is NOT TESTED THERE`);
    } else {
      const says = kind === "cpu" && reason !== undefined && reason.includes("without 'wasm-unsafe-eval'");
      check(says, `${name}: a page that may not use WebAssembly opens "${kind}": ${reason}`);
    }
  } catch (error) {
    check(false, `${name}: ${error instanceof Error ? error.message : error}`);
  } finally {
    await pages.close();
  }
}

/**
 * @param {string} name
 * @param {"isolated" | "plain"} headers
 * @param {Pages} pages
 */
async function checkLongWork(name, headers, pages) {
  const told = [];
  for (let tries = 0; tries < TRIES; tries++) {
    /** @type {LongWork} */
    const { took, longestGap, longTasks } = await pages.visit(headers, "longWork", 2, true);
    // The browser's own measure is of this page alone. Other work of the machine also makes gaps.
    const longest = longTasks ? Math.max(0, ...longTasks) : longestGap;
    told.push(longest.toFixed(0));
    if (longest > MOST_MILLISECONDS) continue;
    const measured = `${longestGap.toFixed(0)} ms between turns at most${longTasks ? ", no long task" : ""}`;
    check(true, `${name}, ${headers}: ${(took / 1000).toFixed(1)} s of queued work never block the page (${measured})`);
    return;
  }
  check(false, `${name}, ${headers}: queued work blocks the page, for ${told.join(", ")} ms in ${TRIES} tries`);
}
