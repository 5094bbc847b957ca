import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { existing } from "../../../src/core/objects.js";
import {
  coordinatorPermissions,
  type Permissions,
  workerPermissions,
} from "../../../src/distributed/nats/permissions.js";
import { type NatsServer, startNatsServer } from "../../../tools/nats/server.mjs";
import { refusalOf } from "../../distributed/support/clients.js";
import { describeWithNats } from "../../distributed/support/describeWithNats.js";
import { trainSmallNet } from "../../distributed/support/smallTraining.js";
import { root } from "../support/pages.js";

const JOB = "mnist";
const configuration = readFileSync(join(root, "examples/distributed/nats-server.conf"), "utf8");
/** From its beginning to the end of the file. */
const authorization = existing(/^authorization \{[\s\S]*/m.exec(configuration)?.[0]);

function listedFor(user: string): Permissions {
  const own = existing(new RegExp(`user: ${user}\\n[sS]*?\\n    \\}\\n`).exec(authorization)?.[0]);
  const list = (name: string) =>
    [...existing(new RegExp(`${name}: \\[([^\\]]*)\\]`).exec(own)?.[1]).matchAll(/"([^"]+)"/g)].map(
      ([, subject = ""]) => subject,
    );
  return { publish: list("publish"), subscribe: list("subscribe") };
}

test("the configuration gives each user the least permissions", () => {
  expect(listedFor("worker")).toEqual(workerPermissions(JOB, "worker"));
  expect(listedFor("coordinator")).toEqual(coordinatorPermissions(JOB, "coordinator"));
});

describeWithNats("a server with these users", () => {
  const passwords = { coordinator: "c-secret", worker: "w-secret" };
  let server: NatsServer;
  beforeAll(async () => {
    const own = authorization.replaceAll(/\$(\w+)_PASSWORD/g, (_, user: string) =>
      user === "WORKER" ? passwords.worker : passwords.coordinator,
    );
    server = await startNatsServer({ configuration: own, maxPayload: 4096 });
  });
  afterAll(() => server.stop());

  const as = (user: keyof typeof passwords) => ({ user, password: passwords[user] });

  test("trains, and deletes the job", async () => {
    const where = { servers: server.url, job: JOB };
    const { losses, replicas } = await trainSmallNet(
      { ...where, authentication: as("coordinator") },
      { ...where, authentication: as("worker") },
    );
    expect(losses).toHaveLength(2);
    expect(replicas).toBe(4);
  });

  test.each([
    ["the work", "cnn.mnist.work"],
    ["the record", "$KV.cnn-mnist.round"],
    ["the weights", "$O.cnn-mnist-rounds.M.job"],
    ["a deletion", "$JS.API.STREAM.DELETE.cnn-mnist-work"],
    ["a purge of answers", "$JS.API.STREAM.PURGE.cnn-mnist-answers"],
    ["another job", "cnn.other.answer.0.0"],
  ])("a worker cannot publish %s", async (_, subject) => {
    const { user, password } = as("worker");
    const connection = await connect({ servers: server.url, user, pass: password });
    expect(await refusalOf(connection, subject)).toContain(`Publish to "${subject}"`);
  });

  test("a worker can publish an answer", async () => {
    const { user, password } = as("worker");
    const connection = await connect({ servers: server.url, user, pass: password });
    expect(await refusalOf(connection, "cnn.mnist.answer.0.0")).toBeUndefined();
  });
});
