import { expect, test } from "vitest";
import { meaningOf } from "../../../demo/page/join/failures.js";
import { JobGoneError } from "../../../src/distributed/nats/failures.js";
import { Retry } from "../../../src/distributed/nats/retry.js";

/** The message of a call that fails until its time is over. */
async function messageOf(what: string, servers: readonly string[]): Promise<string> {
  const retry = new Retry({ operator: "workDistributed", servers, timeout: 0.01 });
  const failure = Object.assign(new Error("refused"), { name: "ConnectionError" });
  const ended = await retry.run(what, new AbortController().signal, () => Promise.reject(failure)).catch(String);
  if (typeof ended !== "string") throw new Error("the call has not failed");
  return ended;
}

test.each([[["ws://one"]], [["ws://one", "ws://two:9222"]]])(
  "the servers %j that are silent are named",
  async (servers) => {
    const named = `No answer came from ${servers.join(", ")} for half a minute. The server may be off`;
    expect(meaningOf(await messageOf("the connection", servers))).toBe(`${named}, or the address may have a mistake.`);
    expect(meaningOf(await messageOf("the wait for work", servers))).toBe(`${named}.`);
  },
);

test("what the library says of a deleted job is told in a visitor's words", () => {
  const { message } = new JobGoneError("workDistributed: the job digits is gone from the servers; it was deleted");
  expect(meaningOf(message)).toBe("The training was taken off the server.");
  expect(meaningOf("something else")).toBeUndefined();
});
