import { type ChildProcess, spawn } from "node:child_process";

/** A line of a shell, with all programs that it starts. */
export class ShellCommand {
  readonly #process: ChildProcess;
  #output = "";
  /** Its exit status, or the name of the signal that ended it. */
  readonly end: Promise<number | NodeJS.Signals | null>;

  constructor(line: string, folder: string, variables: Readonly<Record<string, string>> = {}) {
    this.#process = spawn("/bin/sh", ["-c", line], {
      ...{ cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...variables } },
      // A group of its own, which ends as a whole.
      detached: true,
    });
    const note = (chunk: Buffer) => {
      this.#output += chunk;
    };
    this.#process.stdout?.on("data", note);
    this.#process.stderr?.on("data", note);
    this.end = new Promise((resolve, reject) => {
      this.#process.on("error", reject).on("close", (status, signal) => resolve(status ?? signal));
    });
  }

  get output(): string {
    return this.#output;
  }

  async kill(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    process.kill(-pid, "SIGKILL");
    await this.end;
  }
}
