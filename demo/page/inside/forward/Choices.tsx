import type { ColourMap } from "../../../colours.js";
import type { Image } from "../../../images.js";
import { MapCanvas } from "../../look/MapCanvas.js";
import { short } from "../../look/words.js";

interface ChoiceProps {
  readonly images: readonly Image[];
  readonly colours: ColourMap;
  readonly chosen: number;
  choose(n: number): void;
}

/** The filters of a convolution. */
export function FilterChoice({ images, colours, chosen, choose }: ChoiceProps) {
  return (
    <fieldset class="choice filters">
      <legend class="small">Choose another filter</legend>
      {images.map((image, n) => (
        <button
          key={n}
          type="button"
          aria-label={`Filter ${n + 1}`}
          aria-pressed={n === chosen}
          onClick={() => choose(n)}
        >
          <MapCanvas channels={[image]} colours={colours} />
        </button>
      ))}
    </fieldset>
  );
}

/** The maps that are read, with what each of them adds to the sum. */
export function SourceChoice(props: ChoiceProps & { readonly sums: Float32Array; readonly names: readonly string[] }) {
  const { images, colours, sums, names, chosen, choose } = props;
  return (
    <fieldset class="choice sources">
      <legend class="small">The filter reads all {images.length}. The sum of each:</legend>
      {images.map((image, n) => (
        <button
          key={n}
          type="button"
          aria-label={`${names[n]}, sum ${short(sums[n] ?? Number.NaN)}`}
          aria-pressed={n === chosen}
          onClick={() => choose(n)}
        >
          <MapCanvas channels={[image]} colours={colours} />
          <span>{short(sums[n] ?? Number.NaN)}</span>
        </button>
      ))}
    </fieldset>
  );
}

/** The maps of a station. */
export function MapChoice({ images, colours, chosen, choose }: ChoiceProps) {
  return (
    <fieldset class="choice maps">
      <legend class="small">Choose another map</legend>
      {images.map((image, n) => (
        <button key={n} type="button" aria-label={`Map ${n + 1}`} aria-pressed={n === chosen} onClick={() => choose(n)}>
          <MapCanvas channels={[image]} colours={colours} />
        </button>
      ))}
    </fieldset>
  );
}
