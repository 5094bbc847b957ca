import type { WriteStream } from "node:tty";

/** Shows the work in progress: on a terminal as one line that is rewritten, elsewhere as finished lines only. */
export class Progress {
  constructor(private readonly stream: WriteStream) {}

  show(text: string): void {
    // A line that wraps cannot be rewritten.
    if (this.stream.isTTY) this.stream.write(`\r\x1b[2K${text.slice(0, (this.stream.columns || 80) - 1)}`);
  }

  /** A line that stays. */
  print(line: string): void {
    this.clear();
    this.stream.write(`${line}\n`);
  }

  /** A line for output that is not a terminal. On a terminal, the table shows it later. */
  finished(line: string): void {
    if (!this.stream.isTTY) this.print(line);
  }

  clear(): void {
    this.show("");
  }
}
