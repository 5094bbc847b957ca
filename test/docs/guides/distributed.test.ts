import { afterAll, beforeAll, vi } from "vitest";
import { type NatsServer, startNatsServer } from "../../../tools/nats/server.mjs";
import { describeWithNats } from "../../distributed/support/describeWithNats.js";
import { testGuide } from "../support/guide.js";

describeWithNats("the guide to many machines", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
    vi.stubEnv("NATS_URL", server.url);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server.stop();
  });

  testGuide("docs/guides/distributed.md", {
    checks: {
      "From your own code": `
        expect(model.epochsDone, 2);
        expect(model.stepsDone, 16);
        expect(first.replicas + second.replicas, 128);
      `,
    },
  });
});
