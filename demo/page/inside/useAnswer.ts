import { useEffect, useRef, useState } from "preact/hooks";
import type { NetworkClient } from "../worker/client.js";
import type { Answers, Questions } from "../worker/questions.js";

export interface Answered<Kind extends keyof Questions> {
  readonly question: Questions[Kind];
  readonly answer: Answers[Kind];
}

/**
 * The worker's answer to the last question that it has answered, and that question: what is shown belongs together. While it works,
 * only the newest question waits.
 *
 * @param question the same object as long as nothing changes; undefined asks nothing
 */
export function useAnswer<Kind extends keyof Questions>(
  client: NetworkClient,
  kind: Kind,
  question: Questions[Kind] | undefined,
): Answered<Kind> | undefined {
  const [answered, set] = useState<Answered<Kind>>();
  const line = useRef<{ busy: boolean; next: Questions[Kind] | undefined; gone: boolean }>({
    busy: false,
    next: undefined,
    gone: false,
  });
  useEffect(() => {
    line.current.gone = false;
    return () => {
      line.current.gone = true;
    };
  }, []);
  useEffect(() => {
    line.current.next = question;
    if (!line.current.busy) work();
  }, [question]);

  async function work(): Promise<void> {
    line.current.busy = true;
    while (line.current.next) {
      const asked = line.current.next;
      line.current.next = undefined;
      try {
        const answer = await client.ask(kind, asked);
        if (!line.current.gone) set({ question: asked, answer });
      } catch {
        // The worker says on its own why there is no network.
      }
    }
    line.current.busy = false;
  }
  return answered;
}
