/** For values that TypeScript refuses before the library does. */
export function wrong<Expected>(value: unknown): Expected {
  return value as Expected;
}
