/** Ends this process when the one that started it has ended, however that ended: the input ends then. */
export function endWithParent(): void {
  process.stdin.on("end", () => process.exit(1)).resume();
  // It does not keep this process from ending by itself.
  if ("unref" in process.stdin && typeof process.stdin.unref === "function") process.stdin.unref();
}
