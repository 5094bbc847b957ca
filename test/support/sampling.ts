/** `npm run test:full` runs every case. Other runs leave out some cases that differ only in the place where they run, and try fewer random ones. */
export const isFull = import.meta.env["VITE_FULL"] === "1";

/** Whether this is a browser. */
export const isPage = typeof document !== "undefined";

/** Deno has another WebGPU than Node. A page has the same one, so fewer cases tell something new. */
const [ONE_IN_DENO, ONE_IN_A_PAGE] = [3, 7];
/** Random cases differ in each run. So a run of few cases, made often, finds as much as one of many. */
const ONE_RANDOM_IN_NODE = 3;

const inOtherPlaces = "Deno" in globalThis ? ONE_IN_DENO : isPage ? ONE_IN_A_PAGE : undefined;
const oneIn = isFull ? 1 : (inOtherPlaces ?? 1);
const oneRandomIn = isFull ? 1 : (inOtherPlaces ?? ONE_RANDOM_IN_NODE);

/** The number of random cases of a property test: a seventh in the browser, a third in Node and on Deno. */
export function sampled(cases: number): number {
  return Math.ceil(cases / oneRandomIn);
}

/**
 * The same for a list of cases, each of which compiles kernels. Node runs them all. The first is always among them. Seven divides no usual
 * length: of lists within a list, each gives other cases.
 */
export function sampledCases<Case>(cases: readonly Case[]): Case[] {
  return cases.filter((_, i) => i % oneIn === 0);
}
