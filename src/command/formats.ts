/** How numbers and names look on a terminal. */

/**
 * A text of others, safe to write to a terminal: one column for each character, and no control characters, which could
 * move the cursor or change colours. All but Latin letters and ASCII becomes "?".
 */
export function plainText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e\xa1-\xac\xae-\xff…]/gu, "?");
}

/** The text in at most `columns` columns. */
export function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`.slice(0, columns);
}

/** "1.2 MB". Powers of ten. */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [size, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : bytes < 1e9 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}

/** "3:12" or "1:02:03", rounded up, so that 0:00 appears only at the end. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–:––";
  const whole = Math.ceil(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** "12 s", or "10:00" from ten minutes on, for how long something lasts already. */
export function elapsed(seconds: number): string {
  return seconds < 600 ? `${Math.floor(seconds)} s` : duration(Math.floor(seconds));
}

/** "12 ms" or "1.25 s", for how long something took. */
export function time(seconds: number): string {
  return seconds < 1 ? `${Math.round(1000 * seconds)} ms` : `${seconds.toFixed(2)} s`;
}

export function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** "1 worker", "2 workers". */
export function several(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Metrics that are shares of the examples. */
const SHARES = /^(accuracy|topK)(_\d+)?$/;

/** "loss 0.312", "accuracy 91.2 %". */
export function result(name: string, value: number): string {
  if (SHARES.test(name)) return `${name} ${(100 * value).toFixed(1)} %`;
  const isSmall = value !== 0 && Math.abs(value) < 0.001;
  return `${name} ${isSmall ? value.toExponential(2) : value.toFixed(3)}`;
}

/** Eighths of a block. A bar that has them moves smoothly. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar that is filled to a share. */
export function bar(share: number, length: number): string {
  const eighths = Math.round(share * length * 8);
  const filled = "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
  return `▕${filled.padEnd(length)}▏`;
}
