import "./prediction.css";
import { percent } from "../../look/words.js";
import type { Pass } from "../../network/pass.js";

interface PredictionProps {
  readonly classes: readonly string[];
  readonly pass: Pass | undefined;
  readonly height: number;
  readonly onLight: (map: number | undefined) => void;
}

/** Characters that are shown of a class of one's own. */
const LONGEST_NAME = 10;

/** A share that is too small to be told from none. */
const LEAST_SHARE = 0.01;

/** The probability of each class, level with the weights that make it. */
export function Prediction({ classes, pass, height, onLight }: PredictionProps) {
  const label = pass?.example.label;
  const best = pass ? pass.probabilities.indexOf(Math.max(...pass.probabilities)) : -1;
  const longest = Math.max(...classes.map(({ length }) => length));
  return (
    <ol class="prediction" style={{ "--name": `${0.62 * Math.min(LONGEST_NAME, longest)}em` }}>
      {classes.map((name, n) => {
        const share = pass?.probabilities[n] ?? 0;
        const said = wordsFor(n, label, best);
        return (
          <li
            key={n}
            class={said ? "told" : undefined}
            style={{ top: `${Math.round(((n + 0.5) * height) / classes.length) - 16}px` }}
            onPointerEnter={() => onLight(n)}
            onPointerLeave={() => onLight(undefined)}
          >
            <span class="name">{name}</span>
            <span class="track">
              <span class="bar" style={{ width: `${100 * share}%` }} />
            </span>
            <span class={share < LEAST_SHARE && !said ? "unseen" : "share"}>{pass ? percent(share) : ""}</span>
            <span class="said">{said}</span>
          </li>
        );
      })}
    </ol>
  );
}

function wordsFor(n: number, label: number | undefined, best: number): string {
  if (n === label && n === best) return "right";
  if (n === label) return "the truth";
  return n === best ? "its guess" : "";
}
