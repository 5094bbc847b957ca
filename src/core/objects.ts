/** The same names with other values. Names whose value is undefined are left out. */
export function mapValues<Value, Mapped>(
  object: Readonly<Record<string, Value | undefined>>,
  map: (value: Value, name: string) => Mapped,
): Record<string, Mapped> {
  const mapped: Record<string, Mapped> = {};
  for (const [name, value] of Object.entries(object)) if (value !== undefined) mapped[name] = map(value, name);
  return mapped;
}

/** Tells TypeScript that a value is not undefined. The caller must know this from how the value was made. */
export function existing<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("a name without its value");
  return value;
}

/** The method by which Node, Bun and Deno print an object. */
export const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The names, with "_1" for the second of a name, "_2" for the third. No two are equal. */
export function numbered(names: readonly string[]): readonly string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    let number = 1;
    while (taken.has(`${name}_${number}`)) number++;
    taken.add(`${name}_${number}`);
    return `${name}_${number}`;
  });
}
