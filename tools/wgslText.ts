/**
 * The text of a shader as it is sent to a browser: without comments, indentation and `#import` lines, which the build has resolved. Every other
 * line keeps its number, for messages.
 */
export function withoutComments(source: string): string {
  return source
    .split(/\r?\n/)
    .map((line) => line.replace(/\/\/.*|^#import.*/, "").trim())
    .join("\n");
}
