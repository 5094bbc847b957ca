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
}

/** Asks the worker, and asks again when the question changes. */
export function useLesson(question: Question, compute: ToWorker["compute"]): Lesson {
  const [lesson, set] = useState<Lesson>({});
  const worker = useRef<Worker>(undefined);
  const asked = useRef(0);

  useEffect(() => {
    const started = new Worker(new URL("./lesson.worker.ts", import.meta.url), { type: "module" });
    worker.current = started;
    started.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      // An older answer is shown while a newer one is waited for; an older verdict is not.
      if (data.type === "answer") set({ told: data });
      else if (data.id !== asked.current) return;
      else set(({ told }) => ({ ...(told && { told }), [data.type]: data }));
    });
    started.addEventListener("error", ({ message }) => {
      set({ refusal: { type: "refusal", id: 0, name: "Error", message: message || "the worker did not start" } });
    });
    return () => started.terminate();
  }, []);

  useEffect(() => {
    const message: ToWorker = { id: ++asked.current, compute, question };
    worker.current?.postMessage(message);
  }, [question, compute]);
  return lesson;
}
