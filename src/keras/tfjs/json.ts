import { FileFormatError } from "../../core/errors.js";

/** JSON that the caller parsed, or its text. @throws FileFormatError */
export function parsedJson(operator: string, argument: string, given: unknown): unknown {
  if (typeof given !== "string") return given;
  try {
    return JSON.parse(given);
  } catch (error) {
    throw new FileFormatError(`${operator}: ${argument} is not JSON (${String(error)})`);
  }
}
