/** A number of bytes for a message, such as "12.5 MiB". */
export function byteSize(bytes: number): string {
  const [unit, scale] = bytes < 2 ** 10 ? ["bytes", 1] : bytes < 2 ** 20 ? ["KiB", 2 ** 10] : ["MiB", 2 ** 20];
  return `${(bytes / scale).toLocaleString("en", { maximumFractionDigits: 1 })} ${unit}`;
}
