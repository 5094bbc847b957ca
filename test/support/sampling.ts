/** `npm run test:full` runs every case. `npm test` leaves out some that differ only in where they run. */
export const isFull = import.meta.env["VITE_FULL"] === "1";

/** How many random cases of a property test run here. `npm test` runs a third in the browser, since Node runs them all. */
export function sampled(cases: number): number {
  return isFull || typeof document === "undefined" ? cases : Math.ceil(cases / 3);
}
