import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServerArguments } from "../../src/command/arguments.node.js";
import { UsageError } from "../../src/command/commandLine.node.js";
import { serverOptions } from "../../src/command/serverOptions.node.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-"));
  writeFileSync(join(folder, "worker.creds"), "the text of the credentials");
  writeFileSync(join(folder, "a.pem"), "the text of a certificate");
});
afterAll(() => rmSync(folder, { recursive: true }));

const NONE: ServerArguments = {
  ...{ servers: undefined, job: undefined, credentials: undefined, user: undefined, password: undefined },
  ...{ token: undefined, ca: undefined, cert: undefined, key: undefined, timeout: undefined },
};
const PLACE = { servers: "nats://file:4222", job: "of-the-file", timeout: 30 };
const read = (given: Partial<ServerArguments>, environment: Readonly<Record<string, string>> = {}) =>
  serverOptions({ ...NONE, ...given }, environment, PLACE);

describe("servers and job", () => {
  test("come from the command line, then the environment, then the job file", async () => {
    const environment = { NATS_URL: "nats://environment:4222" };
    expect(await read({ servers: "nats://a:4222", job: "j", timeout: 5 }, environment)).toMatchObject({
      ...{ servers: "nats://a:4222", job: "j", timeout: 5 },
    });
    expect(await read({}, environment)).toMatchObject({ servers: "nats://environment:4222", job: "of-the-file" });
    expect(await read({}, { NATS_URL: "" })).toEqual(PLACE);
  });

  test("may be several", async () => {
    expect((await read({ servers: "nats://a:4222, nats://b:4222" })).servers).toEqual([
      "nats://a:4222",
      "nats://b:4222",
    ]);
  });

  test("must be somewhere", async () => {
    const job = { servers: undefined, job: undefined, timeout: undefined };
    await expect(serverOptions({ ...NONE, job: "j" }, {}, job)).rejects.toThrow("--servers is missing, expected the");
    await expect(serverOptions({ ...NONE, servers: "nats://a" }, {}, undefined)).rejects.toThrow("--job is missing");
  });
});

describe("a login", () => {
  test.each<[string, Partial<ServerArguments>, Readonly<Record<string, string>>, unknown]>([
    ["none", {}, {}, undefined],
    ["a user", { user: "ann", password: "x" }, {}, { user: "ann", password: "x" }],
    [
      "a user, the password in the environment",
      { user: "ann" },
      { NATS_PASSWORD: "x" },
      { user: "ann", password: "x" },
    ],
    ["all in the environment", {}, { NATS_USER: "ann", NATS_PASSWORD: "x" }, { user: "ann", password: "x" }],
    ["a token", { token: "t" }, {}, { token: "t" }],
    ["a token, not the environment's user", { token: "t" }, { NATS_USER: "a", NATS_PASSWORD: "b" }, { token: "t" }],
    [
      "a user, not the environment's token",
      { user: "a", password: "b" },
      { NATS_TOKEN: "t" },
      { user: "a", password: "b" },
    ],
    ["a token of the environment", {}, { NATS_TOKEN: "t", NATS_USER: "" }, { token: "t" }],
  ])("%s", async (_, given, environment, expected) => {
    expect((await read(given, environment)).authentication).toEqual(expected);
  });

  test("a file of credentials is read", async () => {
    const expected = { credentials: "the text of the credentials" };
    const path = join(folder, "worker.creds");
    expect((await read({ credentials: path })).authentication).toEqual(expected);
    expect((await read({}, { NATS_CREDS: path })).authentication).toEqual(expected);
  });

  test.each<[Partial<ServerArguments>, Readonly<Record<string, string>>, string]>([
    [{ user: "ann" }, {}, "--user needs a password; set NATS_PASSWORD, or give --password"],
    [{ password: "x" }, {}, "there is a password without a user"],
    [{ user: "ann", password: "x", token: "t" }, {}, "there are two ways to log in, user and token; give one"],
    [{}, { NATS_USER: "a", NATS_TOKEN: "t" }, "there are two ways to log in, user and token (NATS_CREDS, NATS_USER"],
    [{ credentials: "/none.creds" }, {}, '--credentials is "/none.creds", which cannot be read: ENOENT'],
  ])("%j with %j is refused", async (given, environment, message) => {
    await expect(read(given, environment)).rejects.toThrow(UsageError);
    await expect(read(given, environment)).rejects.toThrow(message);
  });
});

describe("certificates", () => {
  test("are read from files", async () => {
    const pem = join(folder, "a.pem");
    const text = "the text of a certificate";
    expect((await read({ ca: pem })).tls).toEqual({ ca: text });
    expect((await read({ cert: pem, key: pem }, { NATS_CA: pem })).tls).toEqual({ ca: text, cert: text, key: text });
    expect((await read({}, { NATS_CERT: pem, NATS_KEY: pem })).tls).toEqual({ cert: text, key: text });
  });

  test("of a client need both files", async () => {
    await expect(read({ cert: "a" })).rejects.toThrow(
      "--cert is given without --key; a client's certificate needs both",
    );
    await expect(read({ key: "a" })).rejects.toThrow("--key is given without --cert");
  });
});
