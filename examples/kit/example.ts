import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Backend } from "webgpu-cnn";
import { openBackend } from "../../demo/backend.js";
import { duration } from "../../demo/train/progressBar.js";
import { StopRequest } from "../../src/command/stopping.node.js";
import { type ExampleOptions, readOptions } from "./options.js";

/** What an example runs on: the backend, the options of the command line, Ctrl-C, and the place for its files. */
export class Example {
  readonly #stop = new StopRequest();
  readonly #started = performance.now();

  constructor(
    readonly backend: Backend,
    /** The name of the device. */
    readonly device: string,
    private readonly options: ExampleOptions,
  ) {}

  /** Whether the run has a small budget. */
  get quick(): boolean {
    return this.options.quick;
  }

  get seed(): number {
    return this.options.seed;
  }

  /** Whether the user pressed Ctrl-C. Leave the training loop then. */
  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Chooses between the settings of the full run and those of --quick. */
  budget<Full>(full: Full, quick: Full): Full {
    return this.quick ? quick : full;
  }

  /** Prints a result: "test accuracy     99.12 %". */
  result(name: string, value: string): void {
    console.log(`${name.padEnd(18)}${value}`);
  }

  /** Writes a file into the folder of --out, and says so. */
  async save(name: string, bytes: Uint8Array): Promise<void> {
    await mkdir(this.options.out, { recursive: true });
    const file = join(this.options.out, name);
    await writeFile(file, bytes);
    this.result("written", file);
  }

  /** Prints the time, and frees the backend. Processor time is the sum over all threads, and depends less on other programs. */
  close(): void {
    const { user, system } = process.cpuUsage();
    const processor = duration((user + system) / 1e6);
    const elapsed = duration((performance.now() - this.#started) / 1000);
    this.result("time", `${elapsed} on ${this.device}, with ${processor} of processor time`);
    if (this.stopped) process.exitCode = this.#stop.status;
    this.#stop.end();
    this.backend.destroy();
  }
}

/**
 * Reads the command line of an example, and opens the backend that it names.
 *
 * @throws UsageError; BackendUnavailableError
 */
export async function openExample(): Promise<Example> {
  const options = readOptions(process.argv.slice(2));
  const { backend, name, why } = await openBackend({ kind: options.backend, threads: options.threads });
  console.log(`${name}: ${why}\n`);
  return new Example(backend, name, options);
}

/** A share as text: "99.12 %". */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
