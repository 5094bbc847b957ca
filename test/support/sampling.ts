/** `npm run test:full` runs every case. Other runs leave out some cases that differ only in the place where they run. */
export const isFull = import.meta.env["VITE_FULL"] === "1";

/** Whether this is a browser. */
export const isPage = typeof document !== "undefined";

/** Deno has another WebGPU than Node. A page has the same one, so fewer cases tell something new. */
const [ONE_IN_DENO, ONE_IN_A_PAGE] = [3, 7];

/** One case of how many runs here. Node runs them all. */
const oneIn = isFull ? 1 : "Deno" in globalThis ? ONE_IN_DENO : isPage ? ONE_IN_A_PAGE : 1;

/** The number of random cases of a property test: a seventh in the browser and a third on Deno, because Node runs them all. */
export function sampled(cases: number): number {
  return Math.ceil(cases / oneIn);
}

/**
 * The same for a list of cases, each of which compiles kernels. The first is always among them. Seven divides no usual length: of lists within
 * a list, each gives other cases.
 */
export function sampledCases<Case>(cases: readonly Case[]): Case[] {
  return cases.filter((_, i) => i % oneIn === 0);
}
