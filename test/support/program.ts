import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** How a program ended. */
export interface Run {
  readonly status: number | null;
  readonly output: string;
}

/**
 * Runs a program of the repository, as an npm script does.
 *
 * @param program its path from the root
 * @param interruptAt sends Ctrl-C once, when the output has it
 */
export function runProgram(program: string, words: readonly string[], interruptAt?: string): Promise<Run> {
  const run = spawn(process.execPath, [join(root, "tools/run.mjs"), join(root, program), ...words], {
    timeout: 280_000,
    killSignal: "SIGKILL",
  });
  let output = "";
  let interrupted = false;
  const note = (chunk: Buffer) => {
    output += chunk;
    if (interruptAt === undefined || interrupted || !output.includes(interruptAt)) return;
    interrupted = true;
    run.kill("SIGINT");
  };
  run.stdout.on("data", note);
  run.stderr.on("data", note);
  return new Promise((resolve, reject) => run.on("error", reject).on("close", (status) => resolve({ status, output })));
}
