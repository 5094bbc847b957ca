import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { FileFormatError, OptionError, show } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import { type JsonFault, parseJson } from "../io/json.js";
import { BACKEND_KINDS, type BackendKind, LONGEST_TIMEOUT } from "./arguments.node.js";
import { type DataSource, readSource } from "./data.node.js";
import { filePath } from "./paths.node.js";
import type { JobPlace } from "./serverOptions.node.js";
import { OPTION_NAMES } from "./trainingOptions.js";

/** A job file, read so far that its fields have names that are known. */
export interface JobFile extends JobPlace {
  /** Its name, for messages. */
  readonly name: string;
  /** The folder that paths in it begin at. */
  readonly folder: string;
  readonly options: OptionReader;
}

const PLACE = ["servers", "job", "timeout"];
const PARTS = ["model", "compile", "data", "validationData", "backend", "threads"];

/**
 * Opens a job file, and checks the names of its fields.
 *
 * @param path a path, or "package:NAME/PATH"
 * @param overrides fields that replace those of the file
 * @throws (rejects with) FileFormatError if it is no JSON; OptionError if it cannot be read, or has unknown fields
 */
export async function openJobFile(
  path: string,
  overrides: Readonly<Record<string, string | number>> = {},
): Promise<JobFile> {
  const file = await filePath(path, process.cwd(), (problem) => {
    throw new OptionError(`the job file is ${show(path)}, ${problem}`);
  });
  const name = basename(file);
  const options: OptionReader = new OptionReader(
    name,
    { ...objectIn(name, await readFile(file, "utf8")), ...overrides },
    [...PLACE, ...PARTS, ...OPTION_NAMES],
    "the job file",
  );
  const job = options.given("job");
  if (job !== undefined && typeof job !== "string") options.refuse("job", job, "a name such as digits-1");
  const timeout =
    options.given("timeout") === undefined ? undefined : options.numberFrom("timeout", 0, LONGEST_TIMEOUT);
  return { name, folder: dirname(resolve(file)), options, job, servers: readServers(options), timeout };
}

function objectIn(name: string, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = faultIn(text) ?? (cause instanceof Error ? cause.message : String(cause));
    throw new FileFormatError(`${name}: the job file is no JSON: ${why}`, { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new FileFormatError(`${name}: the job file is ${show(value)}, expected an object { "model": …, "data": … }`);
}

/** The place in a text that is no JSON, because the messages of engines have none. Undefined if it is not found. */
function faultIn(text: string): string | undefined {
  try {
    parseJson(text, (message, fault) => {
      throw new Refused(message, fault);
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (!error.fault) return undefined;
    const before = text.slice(0, error.fault.at).split("\n");
    return `line ${before.length}, column ${(before.at(-1) ?? "").length + 1} ${error.fault.what}`;
  }
  return undefined;
}

class Refused extends Error {
  constructor(
    message: string,
    readonly fault: JsonFault | undefined,
  ) {
    super(message);
  }
}

/**
 * A part of the job file that is an object.
 *
 * @throws OptionError if it is missing
 */
export function partOf({ name, options }: JobFile, part: string, example: string): unknown {
  const given = options.given(part);
  if (given !== undefined) return given;
  throw new OptionError(`${name}: ${part} is missing, expected ${example}`);
}

function readServers(options: OptionReader): string | readonly string[] | undefined {
  const servers = options.given("servers");
  if (servers === undefined || typeof servers === "string") return servers;
  if (isTexts(servers) && servers.length > 0) return servers;
  return options.refuse("servers", servers, 'an address such as "nats://127.0.0.1:4222", or a list of them');
}

/** Where the data of a job are. @param field "data" or "validationData" */
export function dataOf(file: JobFile, field: "data" | "validationData"): DataSource {
  const { name, folder } = file;
  const given = partOf(file, field, '{ "images": FILE, "labels": FILE }');
  return readSource({ operator: name, folder, argument: field, given });
}

/** The backend of the coordinator, which decides the class of the job. */
export function backendOf({ options }: JobFile): { readonly kind: BackendKind; readonly threads: number | undefined } {
  const threads = options.given("threads");
  return {
    kind: options.word("backend", BACKEND_KINDS, "wasm"),
    threads: threads === undefined ? undefined : options.integer("threads", 1),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
