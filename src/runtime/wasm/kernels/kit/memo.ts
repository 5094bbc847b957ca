/** Entries beyond this number are forgotten, the oldest first, unless another number is given. */
const MOST_ENTRIES = 1024;

/** Keeps what was made for a key. */
export class Memo<Value> {
  readonly #byKey = new Map<string, Value>();

  constructor(private readonly mostEntries = MOST_ENTRIES) {}

  /** @param make what it gives depends on the key alone */
  get(key: string, make: () => Value): Value {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const value = make();
    this.#byKey.set(key, value);
    if (this.#byKey.size > this.mostEntries) {
      for (const oldest of this.#byKey.keys()) {
        this.#byKey.delete(oldest);
        break;
      }
    }
    return value;
  }
}

/** Keeps what was made for an object, as long as the object lives. */
export class ObjectMemo<Key extends object, Value> {
  readonly #byKey = new WeakMap<Key, Value>();

  /** @param make what it gives depends on the object alone */
  get(key: Key, make: () => Value): Value {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const value = make();
    this.#byKey.set(key, value);
    return value;
  }
}
