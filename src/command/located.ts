import { FileFormatError, OptionError, ShapeError } from "../core/errors.js";

/** Does a piece of work. Errors of its arguments then say in which field of which file they are. */
export function within<Result>(file: string, field: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw located(file, field, error);
  }
}

/** What messages of the library offer beside names. JSON has none. */
const OR_A_FUNCTION = ", or a function";

/** An error of the arguments, with the field of the file that they come from. Other errors stay as they are. */
export function located(file: string, field: string, error: unknown): unknown {
  const ofArguments = error instanceof OptionError || error instanceof ShapeError || error instanceof FileFormatError;
  // A message that names the file says where already.
  if (ofArguments && error.message.startsWith(`${file}: `)) return error;
  if (!ofArguments) return error;
  const where = error.message.startsWith(`${field}: `) ? file : `${file}: ${field}`;
  return new OptionError(`${where}: ${error.message.replace(OR_A_FUNCTION, "")}`, { cause: error });
}
