import { useMemo } from "preact/hooks";
import { blueRed, type ColourMap, ink, type Paper, teal } from "../../../colours.js";
import { channelsOf, type HostTensor, largest } from "../../../images.js";
import { Legend } from "../../look/Legend.js";
import { MapCanvas } from "../../look/MapCanvas.js";
import { count, short } from "../../look/words.js";
import { sourceName } from "../names.js";
import type { BlockPlace } from "../place.js";
import { scaleFor } from "../sizes.js";
import { useAnswer } from "../useAnswer.js";
import { coloursOf, filterImage, limitOf } from "../values.js";
import type { ViewProps } from "../view.js";

interface LearnedProps extends ViewProps {
  readonly at: BlockPlace;
  readonly map: number;
  readonly source: number;
}

/** What a filter has become, and where it answers most. */
export function Learned({ moment, at, map, source, network, examples, classes, paper, change }: LearnedProps) {
  const { architecture, weights, step } = moment;
  const { number: block, reads } = at;
  const shape = architecture.input.join();
  const known = useMemo(
    () => examples.filter(({ picture }) => picture.shape.slice(1).join() === shape),
    [examples, shape],
  );
  const answered = useAnswer(
    network.client,
    "strongest",
    useMemo(() => {
      const pictures = joined(known.map(({ picture }) => picture));
      return pictures && { architecture, weights: weights.slice(0, block), pictures, block, map };
    }, [moment, known, block, map]),
  );
  const now = weights[block - 1]?.kernel;
  const start = network.start?.weights[block - 1]?.kernel;
  if (!now || !start) return null;
  const colours = blueRed(Math.max(limitOf(start), limitOf(now)), paper);
  const size = at.block.size;
  const large = { width: `${size * scaleFor(size, 112, 40)}px` };
  const small = { width: `${size * scaleFor(size, 44)}px` };
  const answers = answered?.question.map === map ? answered.answer : [];
  const places = answers
    .flatMap((answer, i) => {
      const label = known[i]?.label;
      return label === undefined ? [] : [{ ...answer, label, channels: channelsOf(answer.window, 0) }];
    })
    .sort((a, b) => b.z - a.z);
  const whole = reads.kind === "picture" && reads.maps === 3;
  const shown = places.map(({ channels }) => (whole ? channels : channels.slice(source, source + 1)));
  const seen = windowColours(coloursOf(moment, reads, paper), largest(shown.flat()), reads.kind === "picture", paper);
  const black = reads.kind === "picture" && reads.maps === 1;
  return (
    <section class="learned" aria-label="What the filter answers to">
      <h2>
        What filter {map + 1} answers to
        {reads.maps > 1 && `, its weights for ${sourceName(reads, source)}`}
      </h2>
      <div class="becomes">
        <figure>
          <span style={large} data-filter="start">
            <MapCanvas channels={[filterImage(start, source, map)]} colours={colours} label="The filter at its start" />
          </span>
          <figcaption>at its start</figcaption>
        </figure>
        <span class="arrow-word" aria-hidden="true">
          →
        </span>
        <figure>
          <span style={large} data-filter="now">
            <MapCanvas channels={[filterImage(now, source, map)]} colours={colours} label="The filter now" />
          </span>
          <figcaption>{step === 0 ? "now, the same" : `at step ${count(step)}`}</figcaption>
        </figure>
        <Legend colours={colours} />
      </div>
      <div class="answers">
        <p class="small">Where it answers most in each picture, and the answer z:</p>
        <ul>
          {places.map(({ label, cell, z }, i) => (
            <li key={label}>
              <button
                type="button"
                data-answer={z}
                aria-label={`${classes[label]}: its largest number is ${short(z)}. Go there`}
                onClick={() => change({ example: label, item: 0, drawing: "", cell })}
              >
                <span style={small}>
                  <MapCanvas channels={shown[i] ?? []} colours={seen} />
                </span>
                {short(z)}
              </button>
            </li>
          ))}
        </ul>
        <p>
          {black
            ? "It answers most where ink lies on its red weights and paper on its blue ones."
            : "It answers most where large numbers lie on its red weights and small ones on its blue ones."}{" "}
          What these places have in common is what it looks for.
          {step === 0 && " Now its weights are random. Train the network, look again, and compare."}
        </p>
      </div>
    </section>
  );
}

/** The colours of what is read, with room for the largest number of all pictures. */
function windowColours({ limit, twoSided }: ColourMap, most: number, isPicture: boolean, paper: Paper): ColourMap {
  if (isPicture) return ink(1, paper);
  return (twoSided ? blueRed : teal)(Math.max(limit, most), paper);
}

/** Pictures of one shape as a batch. */
function joined(pictures: readonly HostTensor[]): HostTensor | undefined {
  const [first] = pictures;
  if (!first) return undefined;
  const size = first.values.length;
  const values = new Float32Array(pictures.length * size);
  for (const [n, picture] of pictures.entries()) values.set(picture.values, n * size);
  return { shape: [pictures.length, ...first.shape.slice(1)], values };
}
