import { connect, credsAuthenticator } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { deleteJob, type ServerOptions } from "webgpu-cnn/distributed";
import { coordinatorPermissions, workerPermissions } from "../../../src/distributed/nats/permissions.js";
import { startNatsServer } from "../../../tools/nats/server.mjs";
import { Certificate } from "../support/certificates.js";
import { refusalOf } from "../support/clients.js";
import { Operator } from "../support/credentials.js";
import { describeWithNats } from "../support/describeWithNats.js";
import { trainSmallNet } from "../support/smallTraining.js";

const JOB = "safe";

/** The address of a server, which ends with the test. Certificates are for names, not for numbers. */
async function serverWith(configuration: string): Promise<string> {
  const server = await startNatsServer({ configuration, websocket: false });
  onTestFinished(() => server.stop());
  return server.url.replace("127.0.0.1", "localhost");
}

/** Deleting a job that is not there: the least call that needs the servers. */
const enters = (options: ServerOptions) => deleteJob({ timeout: 1, ...options });

describeWithNats("the ways to log in", () => {
  test("user and password", async () => {
    const servers = await serverWith("authorization { user: ann, password: secret }");
    const where = { servers, job: JOB, authentication: { user: "ann", password: "secret" } };
    expect((await trainSmallNet(where, where)).replicas).toBe(4);
    await expect(enters({ ...where, authentication: { user: "ann", password: "other" } })).rejects.toThrow(
      /authorization violation/i,
    );
    await expect(enters({ servers, job: JOB })).rejects.toThrow(/authorization violation/i);
  });

  test("a token", async () => {
    const servers = await serverWith("authorization { token: secret }");
    const where = { servers, job: JOB, authentication: { token: "secret" } };
    expect((await trainSmallNet(where, where)).replicas).toBe(4);
    await expect(enters({ ...where, authentication: { token: "other" } })).rejects.toThrow(/authorization violation/i);
  });

  test("credentials, with the least permissions", async () => {
    const operator = new Operator();
    const servers = await serverWith(operator.configuration);
    const own = operator.credentials(coordinatorPermissions(JOB));
    const others = operator.credentials(workerPermissions(JOB));
    const where = { servers, job: JOB };
    const { replicas } = await trainSmallNet(
      { ...where, authentication: { credentials: own } },
      { ...where, authentication: { credentials: others } },
    );
    expect(replicas).toBe(4);
    const authenticator = credsAuthenticator(new TextEncoder().encode(others));
    const connection = await connect({ servers, authenticator });
    expect(await refusalOf(connection, `cnn.${JOB}.work`)).toContain(`Publish to "cnn.${JOB}.work"`);
    const strange = new Operator().credentials(coordinatorPermissions(JOB));
    await expect(enters({ ...where, authentication: { credentials: strange } })).rejects.toThrow(
      /authorization violation/i,
    );
  });
});

describeWithNats("TLS", () => {
  let certificate: Certificate;
  beforeAll(() => {
    certificate = new Certificate();
  });
  afterAll(() => certificate.remove());

  test("trains with a server whose certificate the client knows", async () => {
    const servers = await serverWith(certificate.tls());
    const where = { servers, job: JOB, tls: { ca: certificate.pem } };
    expect((await trainSmallNet(where, where)).replicas).toBe(4);
  });

  test("refuses a certificate that nobody vouches for", async () => {
    const servers = (await serverWith(certificate.tls())).replace("nats:", "tls:");
    await expect(enters({ servers, job: JOB })).rejects.toThrow(/self-signed certificate/);
    const other = new Certificate();
    onTestFinished(() => other.remove());
    await expect(enters({ servers, job: JOB, tls: { ca: other.pem } })).rejects.toThrow(/self-signed certificate/);
  });

  test("sends nothing to a server without encryption", async () => {
    const servers = (await serverWith("")).replace("nats:", "tls:");
    await expect(enters({ servers, job: JOB })).rejects.toThrow(/tls:.* has no TLS; use nats:/);
  });

  test("refuses a certificate for another name", async () => {
    const other = new Certificate("train.example.org");
    onTestFinished(() => other.remove());
    const servers = await serverWith(other.tls());
    await expect(enters({ servers, job: JOB, tls: { ca: other.pem } })).rejects.toThrow(
      "Host: localhost. is not in the cert's altnames: DNS:train.example.org",
    );
  });

  test("a server can ask for the client's certificate", async () => {
    const servers = await serverWith(certificate.tls("verify: true"));
    const { pem, keyPem } = certificate;
    const where = { servers, job: JOB, tls: { ca: pem, cert: pem, key: keyPem } };
    expect((await trainSmallNet(where, where)).replicas).toBe(4);
  });
});
