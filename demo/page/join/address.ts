/** Where a training is, as a visitor writes it and as the page's address holds it. */

/** Such as `ws://192.168.0.7:9222` or `wss://[::1]`. */
const SERVER = /^wss?:\/\/(\[[\da-f:]+\]|[\w.-]+)(:\d{1,5})?$/i;
const JOB = /^[\w-]{1,64}$/;

/** The addresses in a text, with commas or spaces between them. Undefined if one is no address of a server. */
export function serversOf(text: string): readonly string[] | undefined {
  const servers = text.split(/[,\s]+/).filter((part) => part !== "");
  const fitting = servers.length > 0 && servers.every((server) => SERVER.test(server));
  return fitting ? servers : undefined;
}

/** The name of a job in a text. Undefined if it is none. */
export function jobOf(text: string): string | undefined {
  const name = text.trim();
  return JOB.test(name) ? name : undefined;
}
