import type { NetworkClient } from "../worker/client.js";
import type { Device } from "../worker/messages.js";
import type { VolunteerPart, VolunteerQuestion } from "./volunteering.js";

/** How far this tab is as one of the computers of a training. */
export interface VolunteerState {
  /**
   * "connecting": the servers have not answered yet. "waiting": they have, but the job is not there. "working": the job is there, and
   * takes this tab. "left": the visitor has left it.
   */
  readonly stage: "resting" | "connecting" | "waiting" | "working" | "left" | "done" | "failed";
  readonly job: string;
  readonly device: Device | undefined;
  /** The number of parts that this tab has done. */
  readonly parts: number;
  /** What this tab did last. Undefined before its first part. */
  readonly last: Extract<VolunteerPart, { type: "part" }> | undefined;
  readonly failure: string | undefined;
}

const RESTING: VolunteerState = {
  stage: "resting",
  job: "",
  device: undefined,
  parts: 0,
  last: undefined,
  failure: undefined,
};

/** What a volunteer uses of the line to a worker. */
export type Line = Pick<NetworkClient, "ask" | "close">;

/** The worker gets this many milliseconds to give its part back. The servers would miss it a little later, too. */
const LEAVING_TAKES = 3000;

/** Computes parts of a training on many machines, in a worker of its own. It goes on while the visitor looks at other rooms. */
export class Volunteer {
  readonly #listeners = new Set<() => void>();
  #state = RESTING;
  #work: { readonly client: Line; readonly leaving: AbortController } | undefined;

  /** @param open starts a worker */
  constructor(private readonly open: () => Line) {}

  get state(): VolunteerState {
    return this.#state;
  }

  /** Calls `listener` after each change. @returns the function that ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Does nothing while the tab is with a job. */
  join(question: VolunteerQuestion): void {
    if (this.#work) return;
    const work = { client: this.open(), leaving: new AbortController() };
    this.#work = work;
    this.#set({ ...RESTING, stage: "connecting", job: question.job });
    const end = (changes: Partial<VolunteerState>) => {
      if (this.#work !== work) return;
      this.#work = undefined;
      work.client.close();
      this.#set(changes);
    };
    const hear = (_: number, part: VolunteerPart) => {
      if (this.#work === work) this.#hear(part);
    };
    work.client.ask("volunteer", question, hear, work.leaving.signal).then(
      ({ parts }) => end({ stage: "done", parts }),
      (error: unknown) => end({ stage: "failed", failure: error instanceof Error ? error.message : String(error) }),
    );
  }

  /** Stops at once. Another computer gets the part that this tab has begun. */
  leave(): void {
    const work = this.#work;
    if (!work) return;
    this.#work = undefined;
    this.#set({ stage: "left" });
    work.leaving.abort();
    const close = () => work.client.close();
    setTimeout(close, LEAVING_TAKES);
    work.client.ask("leave", {}).then(close, close);
  }

  #hear(part: VolunteerPart): void {
    switch (part.type) {
      case "device":
        this.#set({ device: part.device });
        break;
      case "waiting":
        this.#set({ stage: "waiting" });
        break;
      case "joined":
        this.#set({ stage: "working" });
        break;
      case "part":
        this.#set({ stage: "working", parts: part.parts, last: part });
    }
  }

  #set(changes: Partial<VolunteerState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}
