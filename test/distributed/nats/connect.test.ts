import { expect, test, vi } from "vitest";
import { OptionError } from "../../../src/core/errors.js";
import { connect as connectInPage } from "../../../src/distributed/nats/connect.js";
import { connect as connectInNode } from "../../../src/distributed/nats/connect.node.js";
import { runProgram } from "../../support/program.js";
import { checked, natsServer } from "./server.js";

const job = "digits";
const { signal } = new AbortController();

test.each([
  [{ job }, "test: servers is required: expected an address"],
  [{ servers: [], job }, "test: servers is [],"],
  [{ servers: "localhost:4222", job }, 'test: servers is "localhost:4222",'],
  [{ servers: ["nats://a", "ws://b"], job }, "addresses of one kind"],
  [{ servers: "nats://a", job: "a.b" }, 'test: job is "a.b",'],
  [{ servers: "nats://a", job, timeout: 0 }, "test: timeout is 0,"],
  [{ servers: "nats://a", job, authentication: { user: "a" } }, "test: authentication.password is required"],
  [{ servers: "nats://a", job, authentication: { token: "a", user: "b" } }, "one way"],
  [{ servers: "nats://a", job, authentication: { pasword: "geheim" } }, "did you mean password?"],
  [{ servers: "nats://a", job, tls: { ca: "/etc/ca.pem" } }, "text in PEM"],
])("options %o are refused", (options, message) => {
  expect(() => checked(options)).toThrow(OptionError);
  expect(() => checked(options)).toThrow(message);
});

test("no message tells a secret", () => {
  const options = { servers: "nats://a", job, authentication: { user: "", password: "geheim" } };
  expect(() => checked(options)).not.toThrow("geheim");
});

test("a page joins by WebSocket only, and without own certificates", async () => {
  await expect(connectInPage(checked({ servers: "nats://a", job }))).rejects.toThrow(
    "test: servers is nats://a, but a page joins by WebSocket: ws:// or wss://",
  );
  const tls = { ca: "-----BEGIN CERTIFICATE-----" };
  await expect(connectInPage(checked({ servers: "wss://a", job, tls }))).rejects.toThrow("test: tls is given");
  await expect(connectInNode(checked({ servers: "wss://a", job, tls }), signal)).rejects.toThrow("NODE_EXTRA_CA_CERTS");
});

test("a runtime without WebSocket says what to do", async () => {
  vi.stubGlobal("WebSocket", undefined);
  try {
    const connecting = connectInNode(checked({ servers: "ws://127.0.0.1:1", job }), signal);
    await expect(connecting).rejects.toThrow("there is no WebSocket here; use Node 22, or nats:// addresses");
    await expect(connecting).rejects.toBeInstanceOf(OptionError);
  } finally {
    vi.unstubAllGlobals();
  }
});

test("nothing keeps a process alive after the connection is closed", async () => {
  const { url } = await natsServer();
  const start = performance.now();
  const { status, output } = await runProgram("test/distributed/nats/closing.ts", [url]);
  expect(output.trim().split("\n")).toEqual(Array(3).fill("closing: the connection to the servers is closed"));
  expect(status).toBe(0);
  // A wait lasts longer.
  expect(performance.now() - start).toBeLessThan(15_000);
});
