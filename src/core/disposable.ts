/**
 * Gives a class `[Symbol.dispose]`, for `using`. Engines without explicit resource management have no Symbol.dispose.
 * There, call the method itself.
 *
 * @param release called with the instance
 */
export function makeDisposable<Instance>(of: { readonly prototype: Instance }, release: (of: Instance) => void): void {
  if (typeof Symbol.dispose !== "symbol") return;
  Object.defineProperty(of.prototype, Symbol.dispose, {
    value(this: Instance) {
      release(this);
    },
  });
}
