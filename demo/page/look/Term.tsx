import { useId, useRef } from "preact/hooks";
import { TERMS, type TermName } from "./terms.js";

/** From the window's edge, and from the button. */
const SPACE = 8;

/** A question mark that tells what words mean: by mouse, touch and keys. Escape, and a click elsewhere, put it away. */
export function Term({ names }: { readonly names: readonly TermName[] }) {
  const id = `term-${useId()}`;
  const button = useRef<HTMLButtonElement>(null);
  const text = useRef<HTMLSpanElement>(null);
  const place = () => {
    const [at, shown] = [button.current?.getBoundingClientRect(), text.current];
    if (!at || !shown) return;
    const { width, height } = shown.getBoundingClientRect();
    const below = at.bottom + SPACE + height < innerHeight;
    shown.style.left = `${Math.max(SPACE, Math.min(at.left, document.documentElement.clientWidth - width - SPACE))}px`;
    shown.style.top = `${Math.max(SPACE, below ? at.bottom + SPACE : at.top - SPACE - height)}px`;
  };
  const known = names.map((name) => TERMS[name]);
  return (
    <span class="term">
      <button
        ref={button}
        type="button"
        popovertarget={id}
        aria-describedby={id}
        aria-label={`What is this: ${known.map(([name]) => name).join(", ")}?`}
      >
        ?
      </button>
      <span ref={text} id={id} popover="auto" class="term-text" onToggle={place}>
        {known.map(([name, sentence]) => (
          <span key={name}>
            <b>{name}</b> {sentence}
          </span>
        ))}
      </span>
    </span>
  );
}
