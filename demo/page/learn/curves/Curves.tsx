import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { RoomProps } from "../../App.js";
import { Term } from "../../look/Term.js";
import { count, exact, percent } from "../../look/words.js";
import type { CurvePoint } from "../../worker/messages.js";
import type { Chart, Measure } from "./chart.js";
import { loadChart } from "./loadChart.js";
import { Series } from "./series.js";

const LOSS: Measure = {
  logarithmic: true,
  marks: (least, most) => [0.001, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 100].filter((mark) => mark >= least && mark <= most),
  format: exact,
  range: ({ smooth }) => {
    const known = smooth.filter((value) => value !== null);
    const [least, most] = [Math.min(1, ...known), Math.max(1, ...known)];
    return [[0.1, 0.01, 0.001].find((mark) => least > 2 * mark) ?? 0.0001, most < 3 ? 4 : most < 10 ? 12 : 120];
  },
};

/** From where on the upper part alone is shown: below, nothing happens any more. */
const GOOD = 0.9;

const ACCURACY: Measure = {
  logarithmic: false,
  marks: (least) => (least === 0 ? [0, 0.25, 0.5, 0.75, 1] : [0.6, 0.7, 0.8, 0.9, 1]),
  format: percent,
  range: ({ smooth }) => [(smooth.at(-1) ?? 0) > GOOD ? 0.6 : 0, 1],
};

/** How the loss and the share of right answers change as the network learns. */
export function Curves(props: RoomProps) {
  const tested = props.network.lastTest;
  const things = props.settings.data === "digits" ? "digits" : "pictures";
  const of = tested ? ` and of ${count(tested.labels.length)} test ${things}` : "";
  return (
    <>
      <Curve {...props} title="Loss" about={`of each batch${of}`} measure={LOSS} value={lossOf} />
      <Curve
        {...props}
        title={props.settings.data === "digits" ? "Read correctly" : "Recognized"}
        about={`in each batch${of}`}
        measure={ACCURACY}
        value={accuracyOf}
      />
    </>
  );
}

const lossOf = ({ loss }: CurvePoint) => loss;
const accuracyOf = ({ accuracy }: CurvePoint) => accuracy;

interface CurveProps extends RoomProps {
  readonly title: string;
  readonly about: string;
  readonly measure: Measure;
  value(point: CurvePoint): number;
}

/** Milliseconds from one drawing to the next. */
const DRAW_EVERY = 250;

function Curve({ network, paper, title, about, measure, value }: CurveProps) {
  const { curve, tests } = network;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | undefined>(undefined);
  const draw = useRef<() => void>(() => undefined);
  const [pointed, point] = useState<number>();
  // The list is another one when a network begins.
  const gathered = useMemo(() => ({ series: new Series(), taken: 0, drawn: 0 }), [curve]);
  for (; gathered.taken < curve.length; gathered.taken++) {
    const next = curve[gathered.taken];
    if (next) gathered.series.push(next.step, value(next));
  }

  useEffect(() => {
    let [wanted, observer, made]: [boolean, ResizeObserver?, Chart?] = [true];
    loadChart().then(
      (ChartOf) => {
        if (!wanted || !place.current) return;
        made = new ChartOf(place.current, measure, point);
        chart.current = made;
        observer = new ResizeObserver(() => made?.resize());
        observer.observe(place.current);
        draw.current();
      },
      // The words tell the curve, too.
      () => undefined,
    );
    return () => {
      wanted = false;
      observer?.disconnect();
      made?.destroy();
    };
  }, [measure]);

  useEffect(() => {
    draw.current = () => {
      gathered.drawn = performance.now();
      chart.current?.draw(
        gathered.series.drawn(),
        tests.map((test) => ({ step: test.step, value: value(test) })),
      );
    };
    const timer = setTimeout(() => draw.current(), Math.max(0, gathered.drawn + DRAW_EVERY - performance.now()));
    return () => clearTimeout(timer);
  }, [gathered, curve, tests, curve.length, tests.length, value]);

  // The page takes its new colours after this.
  useEffect(() => {
    const frame = requestAnimationFrame(() => chart.current?.resize());
    return () => cancelAnimationFrame(frame);
  }, [paper]);

  const at = pointed === undefined ? undefined : curve[Math.floor(pointed) - (curve[0]?.step ?? 0)];
  return (
    <section class="curve">
      <h2>
        {title}
        {title === "Loss" && <Term names={["loss", "batch"]} />}{" "}
        <span class="small">{at ? `${measure.format(value(at))} in step ${count(at.step)}` : about}</span>
      </h2>
      <div class="chart" ref={place} role="img" aria-label={inWords(title, measure, curve, tests, value)} />
    </section>
  );
}

/** What the curve tells, for who does not see it. */
function inWords(
  title: string,
  { format }: Measure,
  curve: readonly CurvePoint[],
  tests: readonly CurvePoint[],
  value: CurveProps["value"],
): string {
  const [first, last, test] = [curve[0], curve.at(-1), tests.at(-1)];
  if (!first || !last) return `${title}: nothing yet.`;
  const batches = `${title}, step by step: ${format(value(first))} in step ${first.step}, ${format(value(last))} in step ${last.step}.`;
  return test ? `${batches} On the test pictures: ${format(value(test))} after step ${test.step}.` : batches;
}
