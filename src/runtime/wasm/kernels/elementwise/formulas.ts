import type { Numbers } from "./unaryFormulas.js";

/** @throws Error if there is none of that name */
export function formulaOf<Formula>(formulas: Readonly<Record<string, Formula>>, name: string): Formula {
  const formula = formulas[name];
  if (formula === undefined) throw new Error(`WebAssembly has no formula of the name ${name}`);
  return formula;
}

/** The numbers as a part of a program's key. */
export function keyOf(numbers: Numbers): string {
  return Object.entries(numbers)
    .map(([name, value]) => `${name} ${Object.is(value, -0) ? "-0" : value}`)
    .join(" ");
}
