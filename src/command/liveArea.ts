/** What it needs of a stream such as `process.stdout`. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

const ESCAPE = "\x1b[";
/** Terminals that know it show all that is between at once. Others ignore it. */
const [BEGIN_FRAME, END_FRAME] = [`${ESCAPE}?2026h`, `${ESCAPE}?2026l`];
const [CLEAR_TO_END_OF_LINE, CLEAR_BELOW] = [`${ESCAPE}K`, `${ESCAPE}J`];
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
const COLOURS = /\x1b\[[\d;]*m/g;

/**
 * Some lines at the end of a terminal's text that are rewritten in place. Each frame is one write that clears nothing
 * before it is overwritten, so nothing flickers. Log lines scroll by above them.
 */
export class LiveArea {
  /** The lines that are on the screen, without colours. */
  #shown: readonly string[] = [];

  constructor(private readonly screen: Screen) {}

  /** One less than the terminal has, because some terminals wrap a line that fills the last column. */
  get columns(): number {
    return Math.max(1, (this.screen.columns ?? 80) - 1);
  }

  get rows(): number {
    return this.screen.rows ?? 24;
  }

  /** Shows these lines in place of those before. */
  draw(lines: readonly string[]): void {
    this.#frame("", lines);
  }

  /** Writes a line above, which stays. */
  log(line: string, lines: readonly string[]): void {
    this.#frame(`${line}${CLEAR_TO_END_OF_LINE}\n`, lines);
  }

  /** Leaves the lines as they are. What is written next comes below. */
  end(): void {
    this.#shown = [];
  }

  #frame(above: string, lines: readonly string[]): void {
    const up = this.#height;
    const text = lines.map((line) => `${line}${CLEAR_TO_END_OF_LINE}\n`).join("");
    this.screen.write(`${BEGIN_FRAME}${up > 0 ? `${ESCAPE}${up}A` : ""}\r${above}${text}${CLEAR_BELOW}${END_FRAME}`);
    this.#shown = lines.map((line) => line.replaceAll(COLOURS, ""));
  }

  /** The rows that the lines take now. A terminal that became narrower has wrapped them. */
  get #height(): number {
    const columns = this.screen.columns ?? 80;
    return this.#shown.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
  }
}
