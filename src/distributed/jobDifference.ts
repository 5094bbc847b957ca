import { show } from "../core/errors.js";
import type { JobSpec } from "./jobSpec.js";

/** Longer values are not shown. */
const LONGEST_VALUE = 40;

/**
 * How the job that is on the servers differs from the own one, in words that follow "the servers have a job NAME".
 *
 * @param field a field of the description that differs
 */
export function jobDifference(field: keyof JobSpec, own: JobSpec, existing: JobSpec): string {
  switch (field) {
    case "architecture":
      return "whose model has other layers";
    case "modelSeed":
      return `whose model has the seed ${existing.modelSeed}, not ${own.modelSeed}`;
    case "data":
      return "with other data";
    case "layout":
      return "whose weights have other shapes";
    case "version":
      return `of the version ${existing.version} of webgpu-cnn, not ${own.version}`;
    case "class":
      return `of the class ${show(existing.class)}, not ${show(own.class)}`;
    default:
      return valueDifference(field, own[field], existing[field]);
  }
}

/** Goes down to the first value that differs, and shows both if they are short. */
function valueDifference(path: string, own: unknown, existing: unknown): string {
  if (isRecord(own) && isRecord(existing)) {
    const names = [...Object.keys(own), ...Object.keys(existing)];
    const name = names.find((each) => JSON.stringify(own[each]) !== JSON.stringify(existing[each]));
    if (name !== undefined) return valueDifference(`${path}.${name}`, own[name], existing[name]);
  }
  if (isShort(own) && isShort(existing)) return `whose ${path} is ${show(existing)}, not ${show(own)}`;
  return `that differs in ${path}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Null stands for an option that is left out, which has no value to show. */
function isShort(value: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof value) && show(value).length <= LONGEST_VALUE;
}
