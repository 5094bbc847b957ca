/** A drawing in the address: bytes as base64url. */

/** The height and width of a drawing, and of every other picture that a network reads here. */
export const SIDE = 28;

/** From 0 to 1. */
export function fromBase64url(text: string): Float32Array {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Float32Array.from(bytes, (byte) => byte.charCodeAt(0) / 255);
}

/** @param values from 0 to 1; they are rounded to bytes */
export function toBase64url(values: Float32Array): string {
  const bytes = Array.from(values, (value) => String.fromCharCode(Math.round(255 * value)));
  return btoa(bytes.join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
