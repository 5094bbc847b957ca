import { existing } from "../core/objects.js";
import type { Answer } from "./roundAnswers.js";

/** The first answer for a replica, and whether a second one must agree. */
interface Claim {
  answer: Answer;
  needsCheck: boolean;
}

/** Two workers gave different results for one replica. */
export interface Dispute {
  readonly replica: number;
  readonly answers: readonly [Answer, Answer];
}

/**
 * Decides which answers of a round count. The first one for a replica does, unless the replica was chosen for a check:
 * then a second worker must give the same digest. Nobody can know which replicas are chosen.
 */
export class Verification {
  readonly #claims = new Map<number, Claim>();

  /**
   * @param replicas those of the round
   * @param share the share of the replicas that are checked
   * @param take gets each answer that counts, once. If none is checked, it gets them as they come, so that their payloads
   * need not be kept; otherwise at the end
   */
  constructor(
    readonly replicas: readonly number[],
    private readonly share: number,
    private readonly take: (answer: Answer) => void,
  ) {}

  /** Whether every replica has an answer, and those that are checked a second one. */
  get isSettled(): boolean {
    return this.replicas.every((replica) => this.#claims.get(replica)?.needsCheck === false);
  }

  /** It grows when an answer counts. */
  get count(): number {
    return this.#claims.size + [...this.#claims.values()].filter(({ needsCheck }) => !needsCheck).length;
  }

  /** Call it when all is settled. */
  finish(): void {
    if (this.share === 0) return;
    for (const replica of this.replicas) this.take(existing(this.#claims.get(replica)).answer);
  }

  /** The replicas without an answer. */
  get missing(): readonly number[] {
    return this.replicas.filter((replica) => !this.#claims.has(replica));
  }

  /** The answers that wait for a second one. */
  get unchecked(): readonly Answer[] {
    return [...this.#claims.values()].filter(({ needsCheck }) => needsCheck).map(({ answer }) => answer);
  }

  /**
   * Takes an answer.
   *
   * @returns "check" if a second worker must compute the replica, a dispute if two workers differ
   */
  offer(answer: Answer): "check" | "taken" | Dispute {
    const claim = this.#claims.get(answer.replica);
    if (this.share === 0) {
      if (claim) return "taken";
      this.#claims.set(answer.replica, { answer: { ...answer, payload: new Uint8Array() }, needsCheck: false });
      this.take(answer);
      return "taken";
    }
    if (!claim) {
      const needsCheck = Math.random() < this.share;
      this.#claims.set(answer.replica, { answer, needsCheck });
      return needsCheck ? "check" : "taken";
    }
    if (claim.answer.worker === answer.worker) return "taken";
    if (claim.answer.digest !== answer.digest) {
      return { replica: answer.replica, answers: [claim.answer, answer] };
    }
    claim.needsCheck = false;
    return "taken";
  }

  /** This answer is right beyond doubt. */
  settle(answer: Answer): void {
    this.#claims.set(answer.replica, { answer, needsCheck: false });
  }

  /** Forgets the answers of a worker. @returns the replicas that have no answer now */
  drop(worker: string): readonly number[] {
    // They count already.
    if (this.share === 0) return [];
    const dropped = [...this.#claims].filter(([, { answer }]) => answer.worker === worker).map(([replica]) => replica);
    for (const replica of dropped) this.#claims.delete(replica);
    return dropped;
  }
}
