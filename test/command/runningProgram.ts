import { type ChildProcess, spawn } from "node:child_process";

/** Milliseconds. A program that needs more is stuck. */
const PATIENCE = 240_000;

/** A program that runs in another process. */
export class RunningProgram {
  readonly #process: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #output = "";
  #hasEnded = false;
  /** How it ended: its exit status, or the name of the signal. */
  readonly status: Promise<number | string | null>;

  constructor(
    words: readonly string[],
    { cwd, variables = {} }: { readonly cwd: string; readonly variables?: Readonly<Record<string, string>> },
  ) {
    // A server that this machine's user works with is none of these programs' business.
    const entries = Object.entries(process.env).filter(([name]) => !name.startsWith("NATS_"));
    this.#process = spawn(process.execPath, words, {
      ...{ cwd, timeout: PATIENCE, killSignal: "SIGKILL", stdio: ["ignore", "pipe", "pipe"] },
      env: { ...Object.fromEntries(entries), ...variables },
    });
    const note = (chunk: Buffer) => {
      this.#output += chunk;
      for (const look of this.#waiting) look();
    };
    this.#process.stdout?.on("data", note);
    this.#process.stderr?.on("data", note);
    this.status = new Promise((resolve, reject) => {
      this.#process.on("error", reject).on("close", (status, signal) => {
        this.#hasEnded = true;
        for (const look of this.#waiting) look();
        resolve(status ?? signal);
      });
    });
  }

  /** What it has written to both of its outputs. */
  get output(): string {
    return this.#output;
  }

  /** Waits until it has written something. @throws Error if it ends without that */
  wrote(what: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!what.test(this.#output) && !this.#hasEnded) return;
        this.#waiting.delete(look);
        if (what.test(this.#output)) resolve();
        else reject(new Error(`it ended without ${what}:\n${this.#output}`));
      };
      this.#waiting.add(look);
      look();
    });
  }

  signal(name: "SIGINT" | "SIGTERM" | "SIGKILL"): void {
    this.#process.kill(name);
  }
}
