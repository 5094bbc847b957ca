import { takeTurnIfDue } from "../core/eventLoop.js";
import type { Runtime } from "../core/runtime.js";

type Replay<Result> = Generator<void, Result, void>;

/**
 * Runs the replays of a backend's recorded steps. A replay that takes turns has its effects at its end. All other code
 * must see them as if the replay had run at its call. So code that runs a step or uses a variable calls `finish` first.
 */
export class Replays {
  #inTurns: ReplayInTurns<unknown> | undefined;

  constructor(private readonly runtime: Pick<Runtime, "lostError">) {}

  /** Runs a replay to its end. */
  run<Result>(replay: Replay<Result>): Result {
    this.finish();
    for (;;) {
      const { done, value } = replay.next();
      if (done) return value;
    }
  }

  /** Runs a replay, and lets others have their turns between its parts. */
  async runInTurns<Result>(replay: Replay<Result>): Promise<Result> {
    this.finish();
    const inTurns = new ReplayInTurns(replay, this.runtime);
    this.#inTurns = inTurns;
    while (!inTurns.advance()) await takeTurnIfDue();
    if (this.#inTurns === inTurns) this.#inTurns = undefined;
    return inTurns.result();
  }

  /** Runs the replay that takes turns to its end. If it fails, its own caller gets the error. */
  finish(): void {
    const inTurns = this.#inTurns;
    this.#inTurns = undefined;
    while (inTurns && !inTurns.advance());
  }
}

class ReplayInTurns<Result> {
  #result: (() => Result) | undefined;

  constructor(
    private readonly replay: Replay<Result>,
    private readonly runtime: Pick<Runtime, "lostError">,
  ) {}

  /** Runs the next part, if there is one. If the backend is lost, the replay ends. @returns whether it has ended */
  advance(): boolean {
    if (this.#result) return true;
    try {
      const { lostError } = this.runtime;
      const { done, value } = lostError ? this.replay.throw(lostError) : this.replay.next();
      if (done) this.#result = () => value;
    } catch (error) {
      this.#result = () => {
        throw error;
      };
    }
    return this.#result !== undefined;
  }

  /** @throws the error of the replay */
  result(): Result {
    if (!this.#result) throw new Error("the replay has not ended");
    return this.#result();
  }
}
