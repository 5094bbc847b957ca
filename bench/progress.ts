import type { WriteStream } from "node:tty";

/** On a terminal one line that is rewritten, about what is under way; elsewhere nothing but finished lines. */
export class Progress {
  constructor(private readonly stream: WriteStream) {}

  show(text: string): void {
    // A line that wraps could not be rewritten.
    if (this.stream.isTTY) this.stream.write(`\r\x1b[2K${text.slice(0, (this.stream.columns || 80) - 1)}`);
  }

  /** A line that stays. */
  print(line: string): void {
    this.clear();
    this.stream.write(`${line}\n`);
  }

  /** For those who cannot see what is under way: on a terminal the table comes soon enough. */
  finished(line: string): void {
    if (!this.stream.isTTY) this.print(line);
  }

  clear(): void {
    this.show("");
  }
}
