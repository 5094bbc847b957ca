/** Entries beyond this number are forgotten, the oldest first. */
const MOST_ENTRIES = 1024;

/** Keeps what was made for a key. */
export class Memo<Value> {
  readonly #byKey = new Map<string, Value>();

  /** @param make what it gives depends on the key alone */
  get(key: string, make: () => Value): Value {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const value = make();
    this.#byKey.set(key, value);
    if (this.#byKey.size > MOST_ENTRIES) {
      for (const oldest of this.#byKey.keys()) {
        this.#byKey.delete(oldest);
        break;
      }
    }
    return value;
  }
}
