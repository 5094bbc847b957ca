import { useEffect, useRef, useState } from "preact/hooks";
import type { Question } from "./lesson.js";
import type { FromWorker, ToWorker } from "./messages.js";

type Told<Type extends FromWorker["type"]> = Extract<FromWorker, { type: Type }>;

export interface Lesson {
  /** The latest there is; while a new one is computed, that of an earlier question, which it holds. */
  readonly told?: Told<"answer">;
  /** Left out while the answer is being compared. */
  readonly verdict?: Told<"verdict">;
  readonly refusal?: Told<"refusal">;
  /** The latest question that was answered or refused. */
  readonly settled?: Question;
}

/** Asks the worker, and asks again when the question changes. */
export function useLesson(question: Question, compute: ToWorker["compute"]): Lesson {
  const [lesson, set] = useState<Lesson>({});
  const worker = useRef<Worker>(undefined);
  const asked = useRef({ id: 0, question });

  useEffect(() => {
    const started = new Worker(new URL("./lesson.worker.ts", import.meta.url), { type: "module" });
    worker.current = started;
    started.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      const { id, question } = asked.current;
      const settled = data.id === id ? { settled: question } : {};
      // An older answer is shown while a newer one is waited for; an older verdict is not.
      if (data.type === "answer") set({ told: data, ...settled });
      else if (data.id === id) set(({ told }) => ({ ...(told && { told }), ...settled, [data.type]: data }));
    });
    started.addEventListener("error", ({ message }) => {
      set({ refusal: { type: "refusal", id: 0, name: "Error", message: message || "the worker did not start" } });
    });
    return () => started.terminate();
  }, []);

  useEffect(() => {
    asked.current = { id: asked.current.id + 1, question };
    const message: ToWorker = { ...asked.current, compute };
    worker.current?.postMessage(message);
  }, [question, compute]);
  return lesson;
}
