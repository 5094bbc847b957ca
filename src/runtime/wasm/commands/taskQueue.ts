import { nextTurn } from "../../../core/eventLoop.js";

/**
 * The time that tasks may block the thread, in milliseconds. A page must answer within 50 ms. Before a slice, the calls
 * that queue it take time too, and Firefox may run a slice before a timer that is due.
 */
const MOST_MILLISECONDS = 15;
/** If more tasks wait, a call runs some of them before it returns. */
const MOST_WAITING = 4096;

/** A part of the queue. */
export interface Task {
  /** Goes on until it is done or until the time, in `performance.now()`, is over. @returns whether it is done */
  advance(until: number): boolean;
  /** Called instead of `advance` if the runtime is lost. */
  abandon?(reason: Error): void;
}

/**
 * Runs tasks in order. They run in slices, with a turn of the event loop after each, so timers and events get their
 * turns. From one turn to the next, tasks and the calls that push them take at most `MOST_MILLISECONDS` and one job,
 * however many callers wait.
 */
export class TaskQueue {
  #tasks: Task[] = [];
  #next = 0;
  /** The time, in `performance.now()`, when tasks must wait for the next turn. */
  #turnEnds = 0;
  #draining: Promise<void> | undefined;

  /** @param onFailure called with an error that a task threw */
  constructor(private readonly onFailure: (error: unknown) => void) {}

  get isEmpty(): boolean {
    return this.#next === this.#tasks.length;
  }

  push(task: Task): void {
    this.#tasks.push(task);
    if (this.#tasks.length - this.#next > MOST_WAITING) this.#runUntil(performance.now() + MOST_MILLISECONDS);
    this.#draining ??= this.#drain();
  }

  /** Runs all tasks, without waiting for a turn. */
  finish(): void {
    while (!this.isEmpty) this.#runUntil(Number.POSITIVE_INFINITY);
  }

  /** Waits until all tasks of now have run. The first of them run at once. */
  async settled(): Promise<void> {
    this.#runUntil(this.#turnEnds);
    if (this.isEmpty) return;
    await new Promise<void>((resolve) => {
      this.push({
        advance() {
          resolve();
          return true;
        },
        abandon: () => resolve(),
      });
    });
  }

  /** Drops all tasks. */
  abandon(reason: Error): void {
    const dropped = this.#tasks.slice(this.#next);
    this.#tasks = [];
    this.#next = 0;
    for (const task of dropped) task.abandon?.(reason);
  }

  /** Runs the tasks, beginning in the next turn. Ends after a turn without tasks. */
  async #drain(): Promise<void> {
    let waited: boolean;
    this.#turnEnds = performance.now() + MOST_MILLISECONDS;
    do {
      await nextTurn();
      waited = !this.isEmpty;
      this.#turnEnds = performance.now() + MOST_MILLISECONDS;
      this.#runUntil(this.#turnEnds);
    } while (waited);
    this.#draining = undefined;
  }

  #runUntil(until: number): void {
    while (performance.now() < until) {
      const task = this.#tasks[this.#next];
      if (!task) break;
      try {
        if (!task.advance(until)) return;
      } catch (error) {
        this.onFailure(error);
        return;
      }
      this.#next++;
    }
    // Removing them one by one would move all others each time.
    if (this.isEmpty || this.#next > MOST_WAITING) {
      this.#tasks.splice(0, this.#next);
      this.#next = 0;
    }
  }
}
