/** `npm run test:full` runs every case. Other runs leave out some cases that differ only in the place where they run. */
export const isFull = import.meta.env["VITE_FULL"] === "1";

/** Whether the tests run in Node on Dawn, not in a page or on Deno. */
const inNode = typeof document === "undefined" && !("Deno" in globalThis);

/** The number of random cases of a property test: a third in the browser and on Deno, because Node runs them all. */
export function sampled(cases: number): number {
  return isFull || inNode ? cases : Math.ceil(cases / 3);
}

/** The same for a list of cases, each of which compiles kernels: every third in the browser and on Deno. */
export function sampledCases<Case>(cases: readonly Case[]): Case[] {
  return cases.filter((_, i) => isFull || inNode || i % 3 === 0);
}
