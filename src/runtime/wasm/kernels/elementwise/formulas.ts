/** @throws Error if there is none of that name */
export function formulaOf<Formula>(formulas: Readonly<Record<string, Formula>>, name: string): Formula {
  const formula = formulas[name];
  if (formula === undefined) throw new Error(`WebAssembly has no formula of the name ${name}`);
  return formula;
}
