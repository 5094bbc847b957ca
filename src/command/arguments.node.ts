import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearestName } from "../core/errors.js";
import { parsed, refuseUnknown, UsageError, wholeNumber } from "./commandLine.node.js";

export const BACKEND_KINDS = ["auto", "webgpu", "wasm", "cpu"] as const;
export type BackendKind = (typeof BACKEND_KINDS)[number];

/** How to reach the servers. What is undefined may come from the environment or the job file. */
export interface ServerArguments {
  readonly servers: string | undefined;
  readonly job: string | undefined;
  readonly credentials: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly timeout: number | undefined;
}

export interface WorkerArguments {
  readonly command: "worker";
  readonly server: ServerArguments;
  /** Where the data are: a job file, or files. */
  readonly data:
    | { readonly jobFile: string }
    | {
        readonly images: string;
        readonly labels: string;
        readonly first: number | undefined;
        readonly shape: readonly number[] | undefined;
      };
  readonly backend: BackendKind | undefined;
  readonly threads: number | undefined;
  readonly name: string | undefined;
}

export interface TrainArguments {
  readonly command: "train";
  readonly server: ServerArguments;
  readonly config: string;
  readonly output: string | undefined;
  readonly delete: boolean;
  readonly restart: boolean;
  /** In place of the job file's, by its names. */
  readonly overrides: Readonly<Record<string, string | number>>;
}

/** What the command line asks for. */
export type Arguments =
  | WorkerArguments
  | TrainArguments
  | { readonly command: "help"; readonly of: CommandName | undefined }
  | { readonly command: "version" };

const COMMANDS = ["worker", "train"] as const;
export type CommandName = (typeof COMMANDS)[number];

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

const SHARED_OPTIONS = {
  ...{ servers: text, job: text, credentials: text, user: text, password: text, token: text, ca: text, cert: text },
  ...{ key: text, timeout: text, backend: text, threads: text, help: flag },
};
const WORKER_OPTIONS = {
  ...SHARED_OPTIONS,
  data: text,
  images: text,
  labels: text,
  first: text,
  shape: text,
  name: text,
};
const TRAIN_OPTIONS = {
  ...SHARED_OPTIONS,
  ...{ config: text, output: text, delete: flag, restart: flag, epochs: text, "batch-size": text, replicas: text },
  ...{ "local-steps": text, seed: text },
};

/** A day, in seconds. A timer takes no more than 24 days. */
export const LONGEST_TIMEOUT = 86_400;
/** What a job name may be. The names of NATS's resources contain it. */
const JOB_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const WORKER_NAME = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * Reads the command line.
 *
 * @param words without Node and the program
 * @throws UsageError
 */
export function readArguments(words: readonly string[]): Arguments {
  const [first, ...rest] = words;
  if (first === undefined || first === "--help" || first === "help") {
    const of = COMMANDS.find((command) => command === rest[0]);
    return { command: "help", of };
  }
  if (first === "--version") return { command: "version" };
  const command = COMMANDS.find((known) => known === first);
  if (command === undefined) {
    const nearest = nearestName(first, COMMANDS);
    const advice = nearest ? `did you mean ${nearest}?` : `known are ${COMMANDS.join(" and ")}`;
    throw new UsageError(`"${first}" is not a command; ${advice}`);
  }
  return command === "worker" ? readWorker(rest) : readTrain(rest);
}

function readWorker(words: readonly string[]): Arguments {
  const given = readOptions(words, WORKER_OPTIONS);
  if (given.help) return { command: "help", of: "worker" };
  const { data, images, labels, first, shape, name } = given;
  return {
    command: "worker",
    server: readServer(given),
    data: readData({ data, images, labels, first, shape }),
    backend: readBackend(given.backend),
    threads: readThreads(given.threads),
    name: name === undefined ? undefined : matching("name", name, WORKER_NAME, "1 to 32 letters, digits, - and _"),
  };
}

function readData(given: {
  readonly data: string | undefined;
  readonly images: string | undefined;
  readonly labels: string | undefined;
  readonly first: string | undefined;
  readonly shape: string | undefined;
}): WorkerArguments["data"] {
  const { data, images, labels, first, shape } = given;
  const needs = "a worker needs the data of the job: --data job.json, or --images FILE --labels FILE";
  if (data !== undefined) {
    const other = Object.entries({ images, labels, first, shape }).find(([, value]) => value !== undefined);
    if (other) throw new UsageError(`--data and --${other[0]} are both given; leave one out`);
    return { jobFile: data };
  }
  if (images === undefined && labels === undefined) throw new UsageError(needs);
  if (images === undefined || labels === undefined) {
    throw new UsageError(`--${images === undefined ? "images" : "labels"} is missing; ${needs}`);
  }
  return {
    ...{ images, labels },
    first: first === undefined ? undefined : wholeNumber("first", first, 1, Number.MAX_SAFE_INTEGER),
    shape: shape === undefined ? undefined : readShape(shape),
  };
}

function readShape(words: string): readonly number[] {
  const extents = words.split(",").map(Number);
  if (extents.every((extent) => Number.isSafeInteger(extent) && extent > 0)) return extents;
  throw new UsageError(`--shape is "${words}", expected the extents of one example such as 28,28,1`);
}

function readTrain(words: readonly string[]): Arguments {
  const given = readOptions(words, TRAIN_OPTIONS);
  if (given.help) return { command: "help", of: "train" };
  const { config, output, backend } = given;
  if (config === undefined) throw new UsageError("--config is missing, expected a job file: --config job.json");
  const number = (name: "epochs" | "batch-size" | "replicas" | "local-steps" | "seed" | "threads", least: number) => {
    const value = given[name];
    const option = name.replace(/-(\w)/, (_, letter: string) => letter.toUpperCase());
    return value === undefined ? {} : { [option]: wholeNumber(name, value, least, Number.MAX_SAFE_INTEGER) };
  };
  return {
    command: "train",
    server: readServer(given),
    ...{ config, output, delete: given.delete ?? false, restart: given.restart ?? false },
    overrides: {
      ...{ ...number("epochs", 1), ...number("batch-size", 1), ...number("replicas", 1) },
      ...{ ...number("local-steps", 1), ...number("seed", 0), ...number("threads", 1) },
      ...(backend === undefined ? {} : { backend: readBackend(backend) ?? backend }),
    },
  };
}

/** @throws UsageError if there is an unknown option, an empty value or a word too many */
function readOptions<Options extends NonNullable<ParseArgsConfig["options"]>>(
  words: readonly string[],
  options: Options,
) {
  refuseUnknown(words, options);
  const { values } = parsed(() => parseArgs({ args: [...words], options }));
  for (const [name, value] of Object.entries(values)) {
    if (value === "") throw new UsageError(`--${name} is empty; give a value, or leave it out`);
  }
  return values;
}

function readServer(
  given: {
    readonly [Name in Exclude<keyof ServerArguments, "timeout">]?: string | undefined;
  } & { readonly timeout?: string | undefined },
): ServerArguments {
  const { servers, job, credentials, user, password, token, ca, cert, key, timeout } = given;
  return {
    ...{ servers, credentials, user, password, token, ca, cert, key },
    job: job === undefined ? undefined : matching("job", job, JOB_NAME, "1 to 64 letters, digits, - and _"),
    timeout: timeout === undefined ? undefined : wholeNumber("timeout", timeout, 1, LONGEST_TIMEOUT),
  };
}

function readBackend(kind: string | undefined): BackendKind | undefined {
  const found = BACKEND_KINDS.find((known) => known === kind);
  if (found !== undefined || kind === undefined) return found;
  throw new UsageError(`--backend is "${kind}", expected auto, webgpu, wasm or cpu`);
}

function readThreads(threads: string | undefined): number | undefined {
  return threads === undefined ? undefined : wholeNumber("threads", threads, 1, 64);
}

function matching(name: string, value: string, form: RegExp, expected: string): string {
  if (form.test(value)) return value;
  throw new UsageError(`--${name} is "${value}", expected ${expected}`);
}
