/**
 * Whether a function returned a promise, where it must return at once. The caller refuses it, so a rejection of the
 * promise is not reported beside that: it comes from the same fault.
 */
export function isRefusedPromise(value: unknown): boolean {
  if (!isPromise(value)) return false;
  value.then(undefined, () => {});
  return true;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
