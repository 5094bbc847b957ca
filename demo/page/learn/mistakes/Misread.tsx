import { useEffect, useMemo, useState } from "preact/hooks";
import { ink } from "../../../colours.js";
import { channelsOf } from "../../../images.js";
import type { RoomProps } from "../../App.js";
import { exampleOf, type KnownExample } from "../../data/useExample.js";
import { MapCanvas } from "../../look/MapCanvas.js";
import { percent } from "../../look/words.js";
import type { TestResult } from "../../worker/messages.js";

/** So many are shown. */
const SHOWN = 12;

/** Test items, each with how sure the network was. A click makes one the example. */
export function Misread(props: RoomProps & { readonly items: readonly number[]; readonly result: TestResult }) {
  const { settings, change, network, paper, classes, result } = props;
  const items = props.items.slice(0, SHOWN);
  const examples = useTestItems(network.client, settings.data, items, network.plan);
  const colours = ink(1, paper);
  return (
    <ul class="items">
      {items.map((item) => {
        const sure = percent(result.confidence[item] ?? 0);
        const [label, predicted] = [result.labels[item], result.predicted[item]].map((n) => classes[n ?? 0] ?? "");
        const example = examples.get(item);
        return (
          <li key={item}>
            <button
              type="button"
              class="item"
              aria-label={`Look at test item ${item + 1}: ${label}, read as ${predicted}, ${sure} sure`}
              aria-pressed={settings.item === item + 1}
              onClick={() => change({ item: item + 1, drawing: "" })}
            >
              <span class="item-picture">
                {example && <MapCanvas channels={channelsOf(example.picture, 0)} colours={colours} />}
              </span>
              <span class="small sure">{sure}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** Gets what it does not have yet. What is known of other data is forgotten. */
function useTestItems(
  client: RoomProps["network"]["client"],
  data: RoomProps["settings"]["data"],
  items: readonly number[],
  plan: unknown,
): ReadonlyMap<number, KnownExample> {
  // Pictures of one's own may change from one network to the next.
  const of = data === "own" ? plan : data;
  const examples = useMemo(() => new Map<number, KnownExample>(), [of]);
  const [, redraw] = useState(0);
  const missing = items.filter((item) => !examples.has(item)).join();
  useEffect(() => {
    if (!missing) return;
    const wanted = missing.split(",").map(Number);
    client.ask("testItems", { data, items: wanted }).then(
      (answer) => {
        for (const [i, item] of wanted.entries()) {
          const example = exampleOf(answer, i);
          if (example) examples.set(item, example);
        }
        redraw((times) => times + 1);
      },
      // They stay blank: the data are of another network by now.
      () => undefined,
    );
  }, [client, data, missing, examples]);
  return examples;
}
