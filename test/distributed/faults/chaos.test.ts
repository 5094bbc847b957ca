import { expect } from "vitest";
import { RandomNumbers } from "../../../src/core/random.js";
import { propertySeed } from "../../support/propertySeed.js";
import { isFull } from "../../support/sampling.js";
import { describeWithNats } from "../support/describeWithNats.js";
import { type CoordinatorProgram, expectDone, faultTest, letPass, type WorkerProgram } from "./support/faultTests.js";

/** In milliseconds. */
const LONGEST_PEACE = 600;

describeWithNats("faults of all kinds at random times", () => {
  faultTest("change no bits", async ({ site }) => {
    const random = new RandomNumbers(propertySeed("faults"));
    const server = await site.startServer();
    const network = await site.openNetwork(server.url);
    const startWorker = () => site.startWorker(network.url, { pause: 20 * random.integer(6) });
    const workers: WorkerProgram[] = [await startWorker(), await startWorker()];
    let coordinator: CoordinatorProgram = await site.startCoordinator(network.url);
    const history: string[] = [];

    const faults: Readonly<Record<string, () => Promise<void> | void>> = {
      "kill a worker": async () => {
        workers.shift()?.kill();
        workers.push(await startWorker());
      },
      "a worker hangs": async () => {
        workers.shift()?.kill("SIGSTOP");
        workers.push(await startWorker());
      },
      "kill the coordinator": async () => {
        coordinator.kill();
        await coordinator.ended();
        if (coordinator.events.at(-1)?.event !== "done") coordinator = await site.startCoordinator(network.url);
      },
      "a second coordinator": async () => {
        const old = coordinator;
        // Before its first round, the older process may come later, and lead.
        if (old.events.at(-1)?.event !== "round") return;
        coordinator = await site.startCoordinator(network.url);
        // It hears that it was replaced, or was done before.
        old.on((event) => history.push(JSON.stringify(event)));
      },
      "restart the server": async () => {
        await server.kill();
        await server.restart();
      },
      "cut the network": async () => {
        network.cut();
        await letPass(random.integer(300));
        network.mend();
      },
      "silence the network": async () => {
        network.silence();
        await letPass(random.integer(1500));
        network.mend();
      },
    };
    const names = Object.keys(faults);
    for (let fault = 0; fault < (isFull ? 40 : 8); fault++) {
      await letPass(random.integer(LONGEST_PEACE));
      if (coordinator.events.at(-1)?.event === "done") break;
      const name = names[random.integer(names.length)] ?? "";
      history.push(name);
      await faults[name]?.();
    }
    const end = await coordinator.ended();
    expect(end, `${history.join(", ")}\n${coordinator.complaints}`).toEqual({ event: "done", digest: site.expected });
    for (const worker of workers) await expectDone(worker);
  });
});
