import type { WriteStream } from "node:tty";

/** Shows the work in progress: on a terminal as one line that is rewritten, elsewhere as one growing line for each phase. */
export class Progress {
  #phase = "";
  #started = 0;
  #items = 0;

  constructor(private readonly stream: WriteStream) {}

  /** Begins a phase, and ends the one before. */
  phase(name: string): void {
    this.end();
    this.#phase = name;
    this.#started = performance.now();
    this.#items = 0;
    if (this.stream.isTTY) this.#rewrite(name);
    else this.stream.write(name);
  }

  /** Names the next piece of work in the phase. */
  readonly item = (name: string): void => {
    this.#items++;
    if (this.stream.isTTY) this.#rewrite(`${this.#phase}: ${this.#items}  ${name}`);
    else this.stream.write(`${this.#items === 1 ? ":" : ","} ${name}`);
  };

  end(): void {
    if (this.#phase === "") return;
    this.#phase = "";
    if (this.stream.isTTY) this.#rewrite("");
    else this.stream.write(` (${((performance.now() - this.#started) / 1000).toFixed(1)} s)\n`);
  }

  #rewrite(line: string): void {
    // A line that wraps cannot be rewritten.
    this.stream.write(`\r\x1b[2K${line.slice(0, this.stream.columns - 1)}`);
  }
}
