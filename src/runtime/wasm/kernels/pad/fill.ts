import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { I32x4 } from "../../assembler/vectors.js";
import { evenly, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";

/** The elements that one job writes. */
const ELEMENTS_OF_JOB = 2 ** 18;

/** Sets all elements to a value. */
export function fill(work: Work, { address, elements }: Span, value: number): void {
  const program = work.program("fill", writeFill);
  const [bits] = new Int32Array(new Float32Array([value]).buffer);
  const jobs = evenly(elements, elements / ELEMENTS_OF_JOB).map(({ first, end }) => [
    address + 4 * first,
    address + 4 * end,
    bits ?? 0,
  ]);
  work.run(program.function("fill"), jobs);
}

function writeFill(module: ModuleBuilder): void {
  module.function("fill", ["address", "end", "bits"], (f, { address, end, bits }) => {
    const last = f.i32(address.add(end.sub(address).and(-16)));
    const four = f.i32x4(I32x4.splatOf(bits));
    f.for(address, undefined, last, 16, () => f.store(address, four));
    f.for(address, undefined, end, 4, () => f.store(address, bits));
  });
}
