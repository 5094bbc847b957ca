import { copyOfFilter } from "./filters.js";
import { Thumbnail } from "./Plate.js";
import { FILTERS } from "./settings.js";
import { channelOf, filterOf, type Shown, shownChannel, signed } from "./shown.js";

const NAMES: Readonly<Record<(typeof FILTERS)[number], string>> = {
  vertical: "vertical edges",
  horizontal: "horizontal edges",
  outline: "outline",
  sharpen: "sharpen",
  blur: "blur",
  random: "random",
  own: "draw your own",
};

/** The whole bank: each filter with the feature map and the pooled map that it makes. One of them is looked at. */
export function FilterChoice(shown: Shown) {
  const { question, answer, settings, change, paper } = shown;
  const channel = shownChannel(shown);
  const choose = (filter: (typeof FILTERS)[number]) => {
    const fresh = filter === "own" && settings.weights.length === 0;
    change({
      filter,
      walked: null,
      ...(fresh && { weights: copyOfFilter(question.w, question.filter) }),
    });
  };
  return (
    <section class="filters" aria-label="Filters and their feature maps">
      {FILTERS.map((name, k) => {
        const weights = filterOf(question.w, channel, k);
        const features = channelOf(answer.features, k);
        const pooled = channelOf(answer.pooled, k);
        return (
          <label key={name} class={settings.filter === name ? "filter chosen" : "filter"}>
            <input
              type="radio"
              name="filter"
              value={name}
              checked={settings.filter === name}
              onChange={() => choose(name)}
            />
            <span class="row">
              <Thumbnail image={weights} colours={signed([weights], paper)} />
              <Thumbnail image={features} colours={signed([features], paper)} />
              <Thumbnail image={pooled} colours={signed([features], paper)} />
            </span>
            {name === "own" && settings.weights.length === 0 ? "✎ draw your own" : NAMES[name]}
          </label>
        );
      })}
    </section>
  );
}
