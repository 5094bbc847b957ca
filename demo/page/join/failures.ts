/** The library's messages, and what they mean to a visitor. */
const MEANINGS: readonly (readonly [RegExp, (...found: readonly string[]) => string])[] = [
  [
    /backend is of the class "(.*?)", and the job takes "(.*?)"/,
    (own, wanted) =>
      `This job takes computers of the class “${wanted}” only, and this tab is “${own}”. Others compute slightly different bits. Another choice under Compute with may fit.`,
  ],
  [
    /data has other values/,
    () => "This job trains with other pictures. A tab works with the 14,000 digits of this page, and with no others.",
  ],
  [
    /the connection failed on (.+?) for \d/,
    (servers) =>
      `No answer came from ${servers} for half a minute. The server may be off, or the address may have a mistake.`,
  ],
  [/ failed on (.+?) for \d/, (servers) => `No answer came from ${servers} for half a minute. The server may be off.`],
  [/is gone from the servers|was deleted/, () => "The training was taken off the server."],
  [
    /refused the login|server forbids this user/,
    () => "The server takes visitors only with a password, or not for this job. Ask the person who began the training.",
  ],
];

/** A failure in a visitor's words. Undefined if there are only the library's own. */
export function meaningOf(failure: string): string | undefined {
  for (const [message, meaning] of MEANINGS) {
    const found = message.exec(failure);
    if (found) return meaning(...found.slice(1));
  }
  return undefined;
}
