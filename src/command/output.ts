import { LiveArea, type Screen } from "./liveArea.js";

/** Milliseconds from one frame to the next. */
const BETWEEN_FRAMES = 250;

/** What a view shows. */
export interface Content {
  /** The lines that a terminal rewrites. */
  lines(size: Pick<LiveArea, "columns" | "rows">): readonly string[];
  /** Lines to write now, which stay. Each is given once. */
  news(): readonly string[];
}

/** Where a view writes: on a terminal lines that stay, and below them lines that are rewritten; elsewhere only lines that stay. */
export class Output {
  readonly #area: LiveArea | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isShown = false;

  constructor(
    private readonly screen: Screen,
    private readonly content: Content,
  ) {
    this.#area = screen.isTTY ? new LiveArea(screen) : undefined;
  }

  get isTerminal(): boolean {
    return this.#area !== undefined;
  }

  /** Shows the content as it is now, until `end`. */
  begin(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => this.update(), BETWEEN_FRAMES);
    this.update();
  }

  /** Shows a change at once. */
  update(): void {
    for (const line of this.content.news()) this.log(line);
    this.#draw();
  }

  /** Writes a line that stays. */
  log(line: string): void {
    if (this.#area) this.#area.log(line, this.#lines(this.#area));
    else this.screen.write(`${line}\n`);
  }

  /** Leaves the last state on the screen. */
  end(): void {
    if (!this.#timer) return;
    this.update();
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#area?.end();
    this.#isShown = false;
  }

  #draw(): void {
    if (!this.#area) return;
    const wasShown = this.#isShown;
    const lines = this.#lines(this.#area);
    if (lines.length > 0 || wasShown) this.#area.draw(lines);
  }

  #lines(area: LiveArea): readonly string[] {
    if (!this.#timer) return [];
    const lines = this.content.lines(area);
    this.#isShown = lines.length > 0;
    return lines;
  }
}
