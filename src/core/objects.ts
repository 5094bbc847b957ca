/** A record's names with other values. Names whose value is undefined are left out. */
export function mapValues<Value, Mapped>(
  record: Readonly<Record<string, Value | undefined>>,
  map: (value: Value, name: string) => Mapped,
): Record<string, Mapped> {
  const mapped: Record<string, Mapped> = {};
  for (const [name, value] of Object.entries(record)) if (value !== undefined) mapped[name] = map(value, name);
  return mapped;
}

/** A value that is there by construction: this tells TypeScript. */
export function existing<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("a name without its value");
  return value;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
