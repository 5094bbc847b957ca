import type { Labelled } from "../data/packed.js";
import type { Example } from "../network/pass.js";
import type { Settings } from "../settings/settings.js";
import type {
  Activity,
  CurvePoint,
  Device,
  FromWorker,
  Plan,
  Snapshot,
  TestPoint,
  TestResult,
  ToWorker,
} from "./messages.js";
import type { Answers, PartOf, Questions } from "./questions.js";

/** What the page knows of the network. A new object after each message that changed something. */
export interface NetworkState {
  readonly device: Device | undefined;
  readonly activity: Activity;
  /** Of the network that there is. Undefined before the first. */
  readonly plan: Plan | undefined;
  /** Another network was asked for, and is not there yet: all else here is of the one before. */
  readonly changing: boolean;
  readonly snapshot: Snapshot | undefined;
  /** The same network before its first step. */
  readonly start: Snapshot | undefined;
  /** All steps so far. The list grows in place. */
  readonly curve: readonly CurvePoint[];
  /** All tests so far. The list grows in place. */
  readonly tests: readonly TestPoint[];
  /** The last of them, item by item. */
  readonly lastTest: TestResult | undefined;
  readonly refusal: { readonly name: string; readonly message: string } | undefined;
}

interface Waiting {
  /** Of the question's own kind: the ids see to that. */
  resolve(answer: unknown): void;
  reject(error: Error): void;
  onProgress(progress: number, part: PartOf<keyof Questions>): void;
}

/** The page's end of the line to the worker. */
export class NetworkClient {
  readonly #worker = new Worker(new URL("./page.worker.ts", import.meta.url), { type: "module" });
  readonly #listeners = new Set<() => void>();
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #wished = 0;
  #curve: CurvePoint[] = [];
  #tests: TestPoint[] = [];
  #state: NetworkState = {
    device: undefined,
    activity: "opening",
    plan: undefined,
    changing: false,
    snapshot: undefined,
    start: undefined,
    curve: this.#curve,
    tests: this.#tests,
    lastTest: undefined,
    refusal: undefined,
  };

  constructor() {
    this.#worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#hear(data));
    this.#worker.addEventListener("error", ({ message }) => {
      this.#set({ refusal: { name: "Error", message: message || "the worker did not start" } });
    });
  }

  get state(): NetworkState {
    return this.#state;
  }

  /** Calls `listener` after each change. @returns the function that ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(compute: Settings["compute"]): void {
    this.#tell({ type: "open", compute });
  }

  begin(plan: Plan): void {
    this.#set({ refusal: undefined, changing: true });
    this.#tell({ type: "network", plan, wish: ++this.#wished });
  }

  setSamples(classes: readonly string[], samples: Labelled): void {
    this.#tell({ type: "samples", classes, samples });
  }

  run(running: boolean): void {
    this.#tell({ type: "run", running });
  }

  step(): void {
    this.#tell({ type: "step" });
  }

  /** Says that the last snapshot is drawn, so the next may come. */
  hasDrawn(): void {
    this.#tell({ type: "drawn" });
  }

  setPace(pace: Settings["pace"]): void {
    this.#tell({ type: "pace", pace });
  }

  look(example: Example): void {
    this.#tell({ type: "look", example });
  }

  /**
   * Asks a question.
   *
   * @param signal ends the work
   * @throws (rejects with) Error, in the library's words, if it refuses; the signal's reason
   */
  ask<Kind extends keyof Questions>(
    kind: Kind,
    question: Questions[Kind],
    onProgress: (progress: number, part: PartOf<Kind>) => void = () => undefined,
    signal?: AbortSignal,
  ): Promise<Answers[Kind]> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onProgress });
      this.#tell({ type: "ask", id, kind, question });
      signal?.addEventListener("abort", () => {
        if (!this.#waiting.delete(id)) return;
        this.#tell({ type: "cancel", id });
        reject(signal.reason);
      });
    });
  }

  /** Ends the worker, in the middle of whatever it does. */
  close(): void {
    this.#worker.terminate();
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case "device":
        this.#set({ device: message.device });
        break;
      case "activity":
        this.#set({ activity: message.activity });
        break;
      case "begun":
        [this.#curve, this.#tests] = [[], []];
        this.#set({
          plan: message.plan,
          changing: message.wish < this.#wished,
          snapshot: message.snapshot,
          start: message.snapshot,
          curve: this.#curve,
          tests: this.#tests,
          lastTest: undefined,
        });
        break;
      case "snapshot":
        this.#set({
          snapshot: message.snapshot,
          start: message.snapshot.step === 0 ? message.snapshot : this.#state.start,
        });
        break;
      case "curve":
        this.#curve.push(...message.points);
        this.#set({});
        break;
      case "test":
        this.#tests.push(pointOf(message.result));
        this.#set({ lastTest: message.result });
        break;
      case "answer":
        this.#waiting.get(message.id)?.resolve(message.answer);
        this.#waiting.delete(message.id);
        break;
      case "progress":
        this.#waiting.get(message.id)?.onProgress(message.progress, message.part);
        break;
      case "refusal":
        this.#refuse(message);
    }
  }

  #refuse({ id, name, message }: Extract<FromWorker, { type: "refusal" }>): void {
    if (id === undefined) {
      this.#set({ refusal: { name, message } });
      return;
    }
    this.#waiting.get(id)?.reject(Object.assign(new Error(message), { name }));
    this.#waiting.delete(id);
  }

  #set(changes: Partial<NetworkState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}

/** The results of older tests are not kept item by item: a long training has thousands of them. */
const pointOf = ({ step, seconds, loss, accuracy }: TestResult): TestPoint => ({ step, seconds, loss, accuracy });
