import { afterAll, beforeAll } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import type { CompileOptions, Optimizer, Sequential } from "webgpu-cnn/nn";
import { type NatsServer, startNatsServer } from "../../../tools/nats/server.mjs";
import { smallNet } from "../support/nets.js";

export const LOSS = "softmaxCrossEntropy";

/** A server and a backend for the tests of a file, from before the first one to after the last one. */
export class Site {
  readonly #nats: NatsServer;
  readonly backend: Backend;
  #jobs = 0;

  constructor(nats: NatsServer, backend: Backend) {
    this.#nats = nats;
    this.backend = backend;
  }

  /** The address of the server. */
  get servers(): string {
    return this.#nats.url;
  }

  /** The server, and a job that no other test has. */
  newJob(): { readonly servers: string; readonly job: string } {
    return { servers: this.servers, job: `job-${this.#jobs++}` };
  }

  /** A small net, built and compiled. */
  compiled(optimizer: Optimizer, options: Partial<CompileOptions> = {}): Sequential {
    const model = smallNet(this.backend);
    model.compile({ optimizer, loss: LOSS, metrics: ["accuracy"], ...options });
    return model;
  }

  async end(): Promise<void> {
    this.backend.destroy();
    await this.#nats.stop();
  }
}

/** Opens a site before the tests of a file, and ends it after them. @returns the function that gives it to a test */
export function siteOfTests(): () => Site {
  let site: Site | undefined;
  beforeAll(async () => {
    site = new Site(await startNatsServer(), await createBackend({ kind: "wasm", threads: 1 }));
  });
  afterAll(() => site?.end());
  return () => {
    if (!site) throw new Error("the site is open during tests only");
    return site;
  };
}
