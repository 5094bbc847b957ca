import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { builtPrograms } from "./bundle.js";

/** The programs of this folder. */
export type ProgramName = "workerProgram" | "coordinatorProgram";

/** A program that writes lines of JSON, in a process of its own. */
export class Program<Event extends { readonly event: string }> {
  /** What it has written. */
  readonly events: Event[] = [];
  /** What it has written beside that, such as the trace of a crash. */
  complaints = "";
  /** Its status, or the signal that ended it. */
  end: number | string | undefined;
  #listeners: ((event: Event) => void)[] = [];
  readonly #closed: Promise<void>;
  #rest = "";

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => this.#read(chunk));
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      this.complaints += chunk;
    });
    this.#closed = new Promise((resolve) => {
      child.on("close", (status, signal) => {
        this.end = signal ?? status ?? "unknown";
        resolve();
      });
    });
  }

  /** Starts a program of this folder. */
  static async start<Event extends { readonly event: string }>(
    name: ProgramName,
    settings: object,
  ): Promise<Program<Event>> {
    const program = join(await builtPrograms(), `${name}.js`);
    return new Program<Event>(spawn(process.execPath, [program, JSON.stringify(settings)], { timeout: 120_000 }));
  }

  /** Calls `listener` at each event from now on. */
  on(listener: (event: Event) => void): void {
    this.#listeners.push(listener);
  }

  /** Waits for an event that may have come already. */
  until(isIt: (event: Event) => boolean): Promise<Event> {
    const found = this.events.find(isIt);
    if (found) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      this.on((event) => {
        if (isIt(event)) resolve(event);
      });
      // Nothing comes after the end, and after the promise is settled this changes nothing.
      this.ended().then(() => {
        reject(new Error(`the program ended (${this.end}) after ${JSON.stringify(this.events)}\n${this.complaints}`));
      });
    });
  }

  /** Waits for its end. @returns its last event */
  async ended(): Promise<Event | undefined> {
    await this.#closed;
    return this.events.at(-1);
  }

  kill(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT" = "SIGKILL"): void {
    this.child.kill(signal);
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const event: Event = JSON.parse(line);
      this.events.push(event);
      for (const listener of this.#listeners) listener(event);
    }
  }
}
