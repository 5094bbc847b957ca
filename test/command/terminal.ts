/** A terminal that knows the few control sequences that the command uses. It keeps what has scrolled away. */
export class Terminal {
  readonly isTTY = true;
  #lines: string[] = [""];
  #row = 0;
  #column = 0;
  /** The frames that were written. */
  frames = 0;

  constructor(
    public columns: number,
    public rows = 24,
  ) {}

  /** All lines, without spaces at their ends. */
  get lines(): readonly string[] {
    return this.#lines.map((line) => line.trimEnd());
  }

  /** The text without the empty line that the cursor is in. */
  get text(): string {
    return this.lines.join("\n").trimEnd();
  }

  write(text: string): void {
    this.frames++;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences begin with one.
    for (const [token] of text.matchAll(/\x1b\[\??\d*(?:;\d+)*[A-Za-z]|[\s\S]/g)) this.#take(token);
  }

  #take(token: string): void {
    if (token === "\n") {
      this.#row++;
      this.#column = 0;
      this.#lines[this.#row] ??= "";
    } else if (token === "\r") this.#column = 0;
    else if (!token.startsWith("\x1b")) this.#put(token);
    else if (token.endsWith("A")) {
      const up = Number(token.slice(2, -1));
      if (up >= this.rows) throw new Error(`the cursor would leave the screen: ${up} lines up of ${this.rows}`);
      this.#row = Math.max(0, this.#row - up);
    } else if (token === "\x1b[K") this.#lines[this.#row] = this.#before;
    else if (token === "\x1b[J") this.#lines = [...this.#lines.slice(0, this.#row), this.#before];
    else if (!/^\[(\?2026[hl]|\d+(;\d+)*m)$/.test(token.slice(1))) throw new Error(`unknown: ${JSON.stringify(token)}`);
  }

  get #before(): string {
    return (this.#lines[this.#row] ?? "").slice(0, this.#column);
  }

  #put(character: string): void {
    if (this.#column === this.columns) this.#take("\n");
    const line = (this.#lines[this.#row] ?? "").padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column++;
  }
}
