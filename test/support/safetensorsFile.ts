/** A file by the format's text: the length, the given header, the data. */
export function safetensorsFile(header: string | Uint8Array, data: readonly number[] = []): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + data.length);
  for (let i = 0, rest = text.length; i < 8; i++, rest = Math.floor(rest / 256)) file[i] = rest % 256;
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}
