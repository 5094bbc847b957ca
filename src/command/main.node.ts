#!/usr/bin/env node
import { styleText } from "node:util";
import { WebGPUCNNError } from "../core/errors.js";
import { VERSION } from "../core/version.js";
import { type Arguments, readArguments } from "./arguments.node.js";
import { UsageError } from "./commandLine.node.js";
import { TRAIN_USAGE, USAGE, WORKER_USAGE } from "./help.js";
import type { Paint } from "./workerTable.js";

// A reader such as `head` went away. Shells give a program that a broken pipe ended this status.
const BROKEN_PIPE_STATUS = 141;
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(BROKEN_PIPE_STATUS);
    throw error;
  });
}

const words = process.argv.slice(2);
let status: number;
try {
  status = await run(readArguments(words));
} catch (error) {
  status = report(error);
}
await Promise.all([process.stdout, process.stderr].map(written));
// Without it, a socket that a library left open would keep the process.
process.exit(status);

/** Waits until the system has all that was written to a stream. The listener of a broken stream ends the program. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write("", (error) => {
      if (!error) resolve();
    });
  });
}

/** @returns the exit status */
async function run(given: Arguments): Promise<number> {
  const { stdout } = process;
  switch (given.command) {
    case "help":
      console.log({ worker: WORKER_USAGE, train: TRAIN_USAGE, all: USAGE }[given.of ?? "all"]);
      return 0;
    case "version":
      console.log(VERSION);
      return 0;
    case "worker":
      return (await import("./work.node.js")).work(given, stdout);
    case "train": {
      // It respects NO_COLOR and FORCE_COLOR.
      const hasColours = stdout.isTTY && stdout.hasColors();
      const paint: Paint = (colour, text) => (hasColours ? styleText(colour, text) : text);
      return (await import("./train.node.js")).train(given, stdout, paint);
    }
  }
}

/** Says what went wrong. Only a fault of the program itself has a stack. @returns the exit status */
function report(error: unknown): number {
  if (error instanceof UsageError) {
    const command = words[0] === "worker" || words[0] === "train" ? ` ${words[0]}` : "";
    console.error(`${error.message}\nwebgpu-cnn${command} --help explains all options`);
    return 2;
  }
  console.error(saysItAll(error) ? error.message : error);
  return 1;
}

/** Errors of the library and of the system need no stack. */
function saysItAll(error: unknown): error is Error {
  return error instanceof WebGPUCNNError || (error instanceof Error && "code" in error && "syscall" in error);
}
