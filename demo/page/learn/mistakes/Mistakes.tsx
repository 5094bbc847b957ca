import { useMemo, useState } from "preact/hooks";
import type { RoomProps } from "../../App.js";
import { count } from "../../look/words.js";
import type { TestResult } from "../../worker/messages.js";
import { ConfusionGrid } from "./ConfusionGrid.js";
import { commonestPairs, confusionOf, itemsOf, type Pair } from "./confusion.js";
import { Misread } from "./Misread.js";

/** So many pairs are offered by name. */
const PAIRS = 5;

/** What the network takes for what, and the test items that it does it with. */
export function Mistakes(props: RoomProps) {
  const result = props.network.lastTest;
  const known = result && result.labels.length > 0 && props.network.plan?.architecture.classes === props.classes.length;
  return known ? (
    <Shown {...props} result={result} />
  ) : (
    <section class="mistakes">
      <h2>
        Mistakes <span class="small">of the first test</span>
      </h2>
      <p class="quiet">When it has learned a little, this tells what it takes for what.</p>
    </section>
  );
}

function Shown(props: RoomProps & { readonly result: TestResult }) {
  const { result, classes } = props;
  const [picked, pick] = useState<Pair>();
  const counts = useMemo(() => confusionOf(result, classes.length), [result, classes.length]);
  const pairs = useMemo(() => commonestPairs(counts), [counts]);
  // Until a cell is picked, the commonest mistake is shown.
  const chosen = picked && picked.label < classes.length && picked.predicted < classes.length ? picked : pairs[0];
  const items = useMemo(() => (chosen ? itemsOf(result, chosen) : []), [result, chosen?.label, chosen?.predicted]);
  const name = (label: number) => classes[label] ?? "";
  const of = chosen ? (counts[chosen.label]?.reduce((sum, n) => sum + n, 0) ?? 0) : 0;
  return (
    <>
      <section class="mistakes">
        <h2>
          Mistakes <span class="small">in {count(result.labels.length)} test pictures</span>
        </h2>
        <ConfusionGrid {...props} counts={counts} chosen={chosen} choose={pick} />
      </section>
      <section class="misread">
        <h2>
          {chosen ? titleOf(chosen) : "No mistakes"}{" "}
          <span class="small">
            {chosen &&
              `in ${count(items.length)} of ${count(of)} pictures. Below each: how sure it was. Click one to look at it.`}
          </span>
        </h2>
        <Misread {...props} items={items} />
        {pairs.length > 0 && (
          <div class="pairs">
            <span class="small">The commonest</span>
            {pairs.slice(0, PAIRS).map(({ label, predicted, count: times }) => (
              <button
                key={`${label} ${predicted}`}
                type="button"
                class="plain"
                aria-pressed={label === chosen?.label && predicted === chosen.predicted}
                onClick={() => pick({ label, predicted })}
              >
                {titleOf({ label, predicted })}
                <span class="small">, {times === 1 ? "once" : `${times} times`}</span>
              </button>
            ))}
          </div>
        )}
      </section>
    </>
  );

  function titleOf({ label, predicted }: Pair): string {
    const read = props.settings.data === "digits" ? "read" : "taken";
    if (label === predicted) return `${name(label)} ${read === "read" ? "read rightly" : "recognized"}`;
    return `${name(label)} ${read} ${read === "read" ? "as" : "for"} ${name(predicted)}`;
  }
}
