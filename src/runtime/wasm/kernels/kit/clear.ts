import { evenly, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";

/** The elements that one job sets to 0. */
const ELEMENTS_OF_JOB = 2 ** 18;

/** Sets all elements to 0. */
export function clear(work: Work, { address, elements }: Span): void {
  const program = work.program("clear", (module) =>
    module.function("clear", ["address", "bytes"], (f, { address, bytes }) => f.clear(address, bytes)),
  );
  const jobs = evenly(elements, elements / ELEMENTS_OF_JOB).map(({ first, end }) => [
    address + 4 * first,
    4 * (end - first),
  ]);
  work.run(program.function("clear"), jobs);
}
