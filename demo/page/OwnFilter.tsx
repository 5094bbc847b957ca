import { useRef } from "preact/hooks";
import { MOST_WEIGHT, type Settings } from "./settings.js";
import type { Change } from "./useSettings.js";
import { short } from "./words.js";

/** What a click makes of a weight. */
const next = (weight: number) => (weight > 0 ? -1 : weight < 0 ? 0 : 1);

const KEYS: Readonly<Record<string, number>> = { ArrowUp: 0.1, ArrowDown: -0.1, PageUp: 1, PageDown: -1 };

interface OwnFilterProps {
  readonly settings: Settings;
  readonly change: Change;
}

/** A grid to draw a filter in: a click or a stroke sets weights to 1, −1 or 0, the arrow keys change one by 0.1. */
export function OwnFilter({ settings: { size, weights }, change }: OwnFilterProps) {
  const brush = useRef(0);
  const put = (position: number, weight: number) => {
    const limited = Math.max(-MOST_WEIGHT, Math.min(MOST_WEIGHT, Math.round(weight * 100) / 100));
    const drawn = Array.from({ length: size * size }, (_, i) => (i === position ? limited : (weights[i] ?? 0)));
    change({ weights: drawn });
  };
  return (
    <div class="own">
      <div class="cells" style={{ gridTemplateColumns: `repeat(${size}, 1fr)` }}>
        {Array.from({ length: size * size }, (_, i) => {
          const weight = weights[i] ?? 0;
          return (
            <div
              key={i}
              class={weight > 0 ? "positive" : weight < 0 ? "negative" : undefined}
              role="spinbutton"
              tabIndex={0}
              aria-label={`weight ${Math.floor(i / size)}, ${i % size}`}
              aria-valuenow={weight}
              aria-valuemin={-MOST_WEIGHT}
              aria-valuemax={MOST_WEIGHT}
              onPointerDown={(event) => {
                event.currentTarget.releasePointerCapture(event.pointerId);
                brush.current = next(weight);
                put(i, brush.current);
              }}
              onPointerEnter={({ buttons }) => buttons === 1 && put(i, brush.current)}
              onKeyDown={(event) => {
                const difference = KEYS[event.key];
                if (difference === undefined && event.key !== " ") return;
                event.preventDefault();
                put(i, difference === undefined ? next(weight) : weight + difference);
              }}
            >
              {short(weight)}
            </div>
          );
        })}
      </div>
      <p class="hint">Click for 1, −1, 0; drag to draw; arrow keys change by 0.1.</p>
    </div>
  );
}
