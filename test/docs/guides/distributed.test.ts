import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { existing } from "../../../src/core/objects.js";
import { type NatsServer, startNatsServer } from "../../../tools/nats/server.mjs";
import { describeWithNats } from "../../distributed/support/describeWithNats.js";
import { Packed, run } from "../../package/packed.js";
import { withPage } from "../../support/page.js";
import { everybody, PASSWORDS, withVolunteer } from "../distributed/guideConfiguration.js";
import { ShellCommand } from "../distributed/shellCommand.js";
import { blocksOf } from "../support/pages.js";

const blocks = blocksOf("docs/guides/distributed.md");
const codeOf = (section: string, language: string) =>
  blocks.filter((block) => block.section === section && block.language === language).map(({ code }) => code);

const [data = "", lead = ""] = codeOf("From your own code", "js");
const [config = "", volunteer = ""] = codeOf("Browsers", "js");
const [page = ""] = codeOf("Browsers", "html");

test("the guide to many machines has no other programs", () => {
  expect(blocks.filter(({ language }) => /^(js|ts|html)/.test(language))).toHaveLength(6);
});

describeWithNats("the guide's page, in a browser without a password", () => {
  let packed: Packed;
  let folder: string;
  let server: NatsServer;
  beforeAll(async () => {
    const port = await freePort();
    const websocket = `websocket {\n  listen: "127.0.0.1:${port}"\n  no_tls: true\n  ${everybody}\n}`;
    server = await startNatsServer({ websocket: false, configuration: `${websocket}\n${withVolunteer}` });
    packed = await Packed.withoutTypes();
    const build = 'import { build } from "vite"; await build({ logLevel: "error" });';
    // What the guide says for a server with users.
    const user = `authentication: ${JSON.stringify({ user: "coordinator", password: PASSWORDS.coordinator })}`;
    const files = {
      "vite.config.mjs": config,
      "index.html": page,
      "volunteer.mjs": volunteer.replace("127.0.0.1:9222", `127.0.0.1:${port}`),
      "data.mjs": data,
      "lead.mjs": lead.replace('job: "bars-1"', `job: "bars-1", ${user}`),
      "build.mjs": build,
    };
    const names = ["nats-core", "transport-node", "jetstream", "kv"].map((name) => `@nats-io/${name}`);
    folder = await packed.project("page", ["vite", ...names], files);
    await run(process.execPath, ["build.mjs"], { cwd: folder });
  });
  afterAll(async () => {
    await packed?.remove();
    await server?.stop();
  });

  test("computes all replicas", async () => {
    const leader = new ShellCommand("node lead.mjs", folder, { NATS_URL: server.url });
    try {
      await withPage(join(folder, "dist"), async (page) => {
        await expect
          .poll(() => page.locator("output").innerText(), { timeout: 120_000 })
          .toBe("done, with 512 replicas");
      });
      expect(await leader.end, leader.output).toBe(0);
    } finally {
      await leader.kill();
    }
  });

  test("lets nobody in by TCP without a password", async () => {
    await expect(connect({ servers: server.url })).rejects.toThrow("Authorization Violation");
  });
});

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port }: AddressInfo = existing(addressOf(listener.address()));
  listener.close();
  await once(listener, "close");
  return port;
}

function addressOf(address: AddressInfo | string | null): AddressInfo | undefined {
  return typeof address === "object" && address !== null ? address : undefined;
}
