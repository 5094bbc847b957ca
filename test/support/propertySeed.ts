/**
 * A seed for a property test. It differs in each run: CI tests more programs than the developers did. It is printed. Set VITE_SEED to it
 * to repeat the run.
 */
export function propertySeed(what: string): number {
  const given: unknown = import.meta.env["VITE_SEED"];
  const seed = typeof given === "string" ? Number(given) : Date.now() % 2 ** 31;
  console.log(`${what}: seed ${seed} (VITE_SEED=${seed} runs the same)`);
  return seed;
}
