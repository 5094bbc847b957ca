import { nextTurn } from "../../../core/eventLoop.js";

/** The time that tasks may block the thread, in milliseconds. A page must answer within 50 ms. */
const MOST_MILLISECONDS = 25;
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
 * turns. A slice runs at most for `MOST_MILLISECONDS` and one job.
 */
export class TaskQueue {
  #tasks: Task[] = [];
  #next = 0;
  #draining: Promise<void> | undefined;

  /** @param onFailure called with an error that a task threw */
  constructor(private readonly onFailure: (error: unknown) => void) {}

  get isEmpty(): boolean {
    return this.#next === this.#tasks.length;
  }

  push(task: Task): void {
    this.#tasks.push(task);
    if (this.#tasks.length - this.#next > MOST_WAITING) this.#runSlice();
    else if (!this.#draining) this.#drain(true);
  }

  /** Runs all tasks, without waiting for a turn. */
  finish(): void {
    while (!this.isEmpty) this.#runSlice();
  }

  /** Waits until all tasks have run. */
  async settled(): Promise<void> {
    while (!this.isEmpty) {
      this.#runSlice();
      if (!this.isEmpty) await nextTurn();
    }
  }

  /** Drops all tasks. */
  abandon(reason: Error): void {
    const dropped = this.#tasks.slice(this.#next);
    this.#tasks = [];
    this.#next = 0;
    for (const task of dropped) task.abandon?.(reason);
  }

  /** Runs the tasks in the background, beginning in the next turn. */
  #drain(later: boolean): void {
    const run = async () => {
      if (later) await nextTurn();
      await this.settled();
      this.#draining = undefined;
    };
    this.#draining = run();
  }

  #runSlice(): void {
    const until = performance.now() + MOST_MILLISECONDS;
    do {
      const task = this.#tasks[this.#next];
      if (!task) break;
      try {
        if (!task.advance(until)) return;
      } catch (error) {
        this.onFailure(error);
        return;
      }
      this.#next++;
    } while (performance.now() < until);
    // Removing them one by one would move all others each time.
    if (this.isEmpty || this.#next > MOST_WAITING) {
      this.#tasks.splice(0, this.#next);
      this.#next = 0;
    }
  }
}
