/** `npm run test:full` runs every case. Other runs leave out some that differ only in where they run. */
export const isFull = import.meta.env["VITE_FULL"] === "1";

/** Whether the tests run in Node on Dawn, and neither in a page nor on Deno. */
const inNode = typeof document === "undefined" && !("Deno" in globalThis);

/** How many random cases of a property test run here: in the browser and on Deno a third, since Node runs them all. */
export function sampled(cases: number): number {
  return isFull || inNode ? cases : Math.ceil(cases / 3);
}
