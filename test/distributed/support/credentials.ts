import { createHash, randomUUID } from "node:crypto";
import { nkeys } from "@nats-io/nats-core";
import type { Permissions } from "../../../src/distributed/nats/permissions.js";

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** What NATS calls an operator with one account: the server trusts it, and users have files of credentials. */
export class Operator {
  readonly #operator = nkeys.createOperator();
  readonly #account = nkeys.createAccount();
  /** The server needs one for itself. */
  readonly #system = nkeys.createAccount();

  /** For the configuration of a server. */
  get configuration(): string {
    const unlimited = -1;
    const limits = {
      ...{ subs: unlimited, data: unlimited, payload: unlimited, imports: unlimited, exports: unlimited },
      ...{ conn: unlimited, leaf: unlimited, mem_storage: unlimited, disk_storage: unlimited },
      ...{ streams: unlimited, consumer: unlimited, wildcards: true },
    };
    const [account, system] = [this.#account, this.#system].map((key) => key.getPublicKey());
    const accountToken = tokenFor(this.#operator, this.#account, "account", { limits });
    const systemToken = tokenFor(this.#operator, this.#system, "account", {
      limits: { conn: unlimited, subs: unlimited },
    });
    return [
      `operator: ${tokenFor(this.#operator, this.#operator, "operator", {})}`,
      `system_account: ${system}`,
      "resolver: MEMORY",
      `resolver_preload: { ${account}: ${accountToken}, ${system}: ${systemToken} }`,
    ].join("\n");
  }

  /** The text of a .creds file of a user with these permissions. */
  credentials({ publish, subscribe }: Permissions): string {
    const user = nkeys.createUser();
    const token = tokenFor(this.#account, user, "user", {
      ...{ pub: { allow: publish }, sub: { allow: subscribe } },
      ...{ subs: -1, data: -1, payload: -1 },
    });
    const seed = new TextDecoder().decode(user.getSeed());
    return [
      `-----BEGIN NATS USER JWT-----\n${token}\n------END NATS USER JWT------\n`,
      `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
    ].join("\n");
  }
}

/** A token as NATS has it: a JSON web token that is signed by an nkey. */
function tokenFor(issuer: KeyPair, subject: KeyPair, type: string, claims: object): string {
  const body = {
    ...{ jti: createHash("sha256").update(randomUUID()).digest("hex"), iat: Math.floor(Date.now() / 1000) },
    ...{ iss: issuer.getPublicKey(), sub: subject.getPublicKey(), name: type },
    nats: { ...claims, type, version: 2 },
  };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${encode({ typ: "JWT", alg: "ed25519-nkey" })}.${encode(body)}`;
  return `${signed}.${Buffer.from(issuer.sign(new TextEncoder().encode(signed))).toString("base64url")}`;
}
