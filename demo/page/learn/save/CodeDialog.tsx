import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Plan } from "../../worker/messages.js";
import { codeOf } from "./code.js";

interface CodeDialogProps {
  readonly plan: Plan;
  readonly steps: number;
  readonly classes: readonly string[];
  close(): void;
}

/** The network as a program, to read and to copy. */
export function CodeDialog({ plan, steps, classes, close }: CodeDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [said, say] = useState("Copy");
  // As it was when the dialog was opened: a program that changes cannot be read.
  const code = useMemo(() => codeOf(plan, steps, classes), []);
  // Before anybody sees it: a key that comes at once, such as Escape, is for the dialog.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code);
      say("Copied");
    } catch {
      say("Select and copy it");
    }
  };
  return (
    <dialog ref={dialog} class="code" aria-labelledby="code-title" onClose={close}>
      <h2 id="code-title">This network as code</h2>
      <p class="small">TypeScript. With the same pictures it comes to the same weights, after the same steps.</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
      <div class="code-buttons">
        <button type="button" onClick={copy}>
          <span aria-live="polite">{said}</span>
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}
