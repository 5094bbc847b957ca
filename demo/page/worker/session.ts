import { type Backend, BackendLostError } from "webgpu-cnn";
import { CLASS_NAMES } from "../data/classes.js";
import { splitSamples } from "../data/items.js";
import { type DataSet, loadPageData } from "../data/load.js";
import type { Labelled } from "../data/packed.js";
import type { Example } from "../network/pass.js";
import { Training } from "../network/training.js";
import type { Settings } from "../settings/settings.js";
import type { CurvePoint, FromWorker, Plan } from "./messages.js";
import { nextTask, Turns, wait } from "./turns.js";

/** Milliseconds from one drawing of the network to the next while it learns. */
const SNAPSHOT_EVERY = 250;
/** The test may take one part in so many of the time. */
const TEST_SHARE = 8;
/** Messages wait no longer than this many milliseconds. */
const LONGEST_TURN = 8;
/** At a slow pace, a pause is noticed after this many milliseconds at the latest. */
const LONGEST_WAIT = 50;
/** A device that is lost more often does not come back. */
const MOST_LOSSES = 3;

export type Post = (message: FromWorker) => void;

/** The network that the page shows: it learns while it may, and answers in between. */
export class Session {
  readonly #turns = new Turns();
  readonly #data = new Map<string, Promise<DataSet>>();
  #training: { readonly network: Training; readonly plan: Plan } | undefined;
  #example: Example | undefined;
  #running = false;
  /** Whether it may go on to the step that its plan wants it to begin at. */
  #catchesUp = false;
  #pace: Settings["pace"] = 0;
  /** Whether the page has drawn the last snapshot. */
  #drawn = true;
  /** Whether the network is where its plan wants it to begin. */
  #ready = false;
  /** The network that a loop teaches now. */
  #taught = 0;
  /** Grows with each network. A loop that works for an older one ends. */
  #generation = 0;
  #losses = 0;
  #steps = 0;
  #wish = 0;

  /** @param open gives the backend; it opens a new one if the last was lost */
  constructor(
    private readonly open: () => Promise<Backend>,
    private readonly post: Post,
  ) {}

  /** Begins with a new network. It goes on learning if the last one did. */
  async begin(plan: Plan, wish = this.#wish): Promise<void> {
    const generation = ++this.#generation;
    this.#wish = wish;
    this.#ready = false;
    await this.#turns.take(async () => {
      if (generation !== this.#generation) return;
      await this.#training?.network.dispose();
      this.#training = undefined;
      const backend = await this.open();
      const network = new Training(backend, plan);
      this.#training = { network, plan };
      this.post({ type: "begun", plan, wish, snapshot: await network.snapshot(this.#fitting()) });
    });
    if (generation !== this.#generation) return;
    if (plan.steps > 0) await this.#catchUp(plan.steps, generation);
    if (generation !== this.#generation) return;
    this.#ready = true;
    if (this.#running) await this.#learn(generation);
    else this.#pauses(generation);
  }

  /** The visitor's own pictures, for plans whose data is "own". */
  setSamples(classes: readonly string[], samples: Labelled): void {
    this.#data.set("own", Promise.resolve(splitSamples(classes, samples)));
  }

  async setRunning(running: boolean): Promise<void> {
    // Who pauses a network on its way to its first step leaves it where it is.
    if (!running) this.#catchesUp = false;
    if (running === this.#running) return;
    this.#running = running;
    if (running && this.#ready) await this.#learn(this.#generation);
  }

  /** The page has drawn all that was sent to it. */
  hasDrawn(): void {
    this.#drawn = true;
  }

  setPace(pace: Settings["pace"]): void {
    this.#pace = pace;
  }

  async step(): Promise<void> {
    // A network that was asked for before is made first.
    await this.#turns.take(async () => undefined);
    if (this.#running || !this.#training) return;
    const asked = ++this.#steps;
    await this.#guarded(this.#generation, async () => {
      const data = await this.#load();
      await this.#turns.take(async () => {
        const point = await this.#training?.network.train(data);
        if (point) this.post({ type: "curve", points: [point] });
        await this.#show();
      });
      // Who steps on does not wait for a test.
      if (asked === this.#steps) await this.#turns.take(() => this.#test(data));
      this.#pauses(this.#generation);
    });
  }

  async look(example: Example): Promise<void> {
    this.#example = example;
    await this.#turns.take(async () => {
      if (this.#example === example) await this.#show();
    });
  }

  /** Does something with the network between two steps. */
  ask<Answer>(work: (network: Training, data: () => Promise<DataSet>, plan: Plan) => Promise<Answer>): Promise<Answer> {
    return this.#turns.take(async () => {
      if (!this.#training) throw new Error("there is no network yet");
      const { network, plan } = this.#training;
      return work(network, () => this.dataset(plan.data), plan);
    });
  }

  /** Computes something that needs no network, between two steps. */
  compute<Answer>(work: (backend: Backend) => Promise<Answer>): Promise<Answer> {
    return this.#turns.take(async () => work(await this.open()));
  }

  async #learn(generation: number): Promise<void> {
    // Who pauses and goes on at once finds the loop still there.
    if (this.#taught === generation) return;
    this.#taught = generation;
    try {
      await this.#guarded(generation, async () => {
        const data = await this.#load();
        while (this.#running && generation === this.#generation) {
          this.post({ type: "activity", activity: "running" });
          await this.#train(data, generation, () => this.#running, true);
          if (generation !== this.#generation) return;
          await this.#turns.take(() => this.#test(data));
          await this.#turns.take(() => this.#show());
        }
        // Nothing is waited for from the loop's end on: who goes on finds either the loop or none.
        this.#pauses(generation);
      });
    } finally {
      if (this.#taught === generation) this.#taught = 0;
    }
  }

  /** Trains as long as it may. @param seen whether at the visitor's pace, with tests in between */
  async #train(data: DataSet, generation: number, may: () => boolean, seen: boolean): Promise<void> {
    const points: CurvePoint[] = [];
    let [shown, tested, testTime, yielded] = [performance.now(), 0, 0, performance.now()];
    while (may() && generation === this.#generation) {
      const started = performance.now();
      await this.#turns.take(async () => {
        const point = await this.#training?.network.train(data);
        if (point) points.push(point);
      });
      const until = started + (seen && this.#pace > 0 ? 1000 / this.#pace : 0);
      while (may() && generation === this.#generation && performance.now() < until) {
        await wait(Math.min(LONGEST_WAIT, until - performance.now()));
      }
      const now = performance.now();
      // A page that is slower than the network would have more and more to draw, and hear a pause late.
      if (this.#drawn && now - shown > SNAPSHOT_EVERY) {
        this.post({ type: "curve", points: points.splice(0) });
        await this.#turns.take(() => this.#show());
        if (seen && now - tested > TEST_SHARE * testTime + SNAPSHOT_EVERY) {
          await this.#turns.take(() => this.#test(data));
          [tested, testTime] = [performance.now(), performance.now() - now];
        }
        shown = performance.now();
      }
      if (performance.now() - yielded > LONGEST_TURN) {
        await nextTask();
        yielded = performance.now();
      }
    }
    if (generation === this.#generation) this.post({ type: "curve", points });
  }

  /** Trains until so many steps are done, or a pause leaves it before. */
  async #catchUp(steps: number, generation: number): Promise<void> {
    this.#catchesUp = true;
    await this.#guarded(generation, async () => {
      const data = await this.#load();
      if (generation !== this.#generation) return;
      this.post({ type: "activity", activity: "catching up" });
      await this.#train(
        data,
        generation,
        () => this.#catchesUp && (this.#training?.network.step ?? steps) < steps,
        false,
      );
      if (generation !== this.#generation) return;
      await this.#turns.take(() => this.#test(data));
      await this.#turns.take(() => this.#show());
    });
  }

  #pauses(generation: number): void {
    if (generation === this.#generation) this.post({ type: "activity", activity: "paused" });
  }

  async #show(): Promise<void> {
    const snapshot = await this.#training?.network.snapshot(this.#fitting());
    if (!snapshot) return;
    this.#drawn = false;
    this.post({ type: "snapshot", snapshot });
  }

  /** The example, if the network can read it: the page may have changed the data, but not yet the picture. */
  #fitting(): Example | undefined {
    const input = this.#training?.plan.architecture.input;
    const [, ...shape] = this.#example?.picture.shape ?? [];
    return input && shape.join() === input.join() ? this.#example : undefined;
  }

  async #test(data: DataSet): Promise<void> {
    const result = await this.#training?.network.test(data);
    if (result) this.post({ type: "test", result });
  }

  /** What this network learns from. */
  #load(): Promise<DataSet> {
    const name = this.#training?.plan.data ?? "digits";
    if (!this.#data.has(name)) this.post({ type: "activity", activity: "loading" });
    return this.dataset(name);
  }

  /** Fetches a set once. */
  dataset(name: Settings["data"]): Promise<DataSet> {
    const known = this.#data.get(name);
    if (known) return known;
    if (name === "own") return Promise.reject(new Error("there are no pictures of your own yet"));
    const loaded = loadPageData(name).then((parts) => ({ ...parts, classes: CLASS_NAMES[name] }));
    this.#data.set(name, loaded);
    // What did not come may come the next time.
    loaded.catch(() => this.#data.delete(name));
    return loaded;
  }

  /** Runs work on the network. A device that was lost is opened again, and the network trained again to where it was: to the same bits. */
  async #guarded(generation: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (generation !== this.#generation) return;
      const current = this.#training;
      if (error instanceof BackendLostError && current && this.#losses < MOST_LOSSES) {
        this.#losses++;
        await this.begin({ ...current.plan, steps: current.network.step });
        return;
      }
      this.#running = false;
      this.#pauses(generation);
      throw error;
    }
  }
}
