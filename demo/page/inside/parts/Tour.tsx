import { useEffect, useRef } from "preact/hooks";
import { RANGES, type Settings } from "../../settings/settings.js";
import { hardItem, tells, tourStep } from "../tour.js";
import type { Moment } from "../useMoment.js";
import type { ViewsProps } from "../Views.js";

const [, LAST] = RANGES.guide;

type Looked = Pick<Settings, "example" | "item" | "drawing">;

/** The guided first minute: five steps, each at a place where there is something to see. */
export function Tour(props: ViewsProps) {
  const { settings, change, moment } = props;
  const { guide } = settings;
  /** What the visitor looked at before. */
  const before = useRef<Looked | undefined>(undefined);
  /** The moment that another one will follow, with the example of the tour. */
  const follows = useRef<Moment | undefined>(undefined);
  useEffect(() => {
    if (!follows.current || follows.current === moment) return;
    follows.current = undefined;
    if (guide > 0) change(tourStep(moment, guide));
  }, [moment]);
  const begin = () => {
    const other = otherExample(props);
    if (other) {
      before.current = { example: settings.example, item: settings.item, drawing: settings.drawing };
      follows.current = moment;
    }
    change({ ...tourStep(moment, 1), ...other });
  };
  const end = () => {
    change({ guide: 0, ...before.current });
    before.current = undefined;
  };
  const go = (step: number) => (step > LAST ? end() : change(tourStep(moment, step)));
  if (guide === 0) {
    return (
      <button type="button" class="tour" onClick={begin}>
        Show me in 5 steps
      </button>
    );
  }
  return (
    <div class="tour">
      <p>
        <b>{guide}</b> of {LAST}
      </p>
      <button type="button" disabled={guide === 1} onClick={() => go(guide - 1)}>
        ‹ Before
      </button>
      <button type="button" class="main" onClick={() => go(guide + 1)}>
        {guide === LAST ? "Look around" : "Next ›"}
      </button>
      {guide < LAST && (
        <button type="button" class="plain" onClick={end}>
          End
        </button>
      )}
    </div>
  );
}

/** If the network is sure of this example, or nobody knows its class: one that it finds harder, or the network at its start. */
function otherExample({ moment, taken, network }: ViewsProps): Partial<Looked> | undefined {
  if (tells(moment)) return undefined;
  const known = { item: 0, drawing: "" };
  if (moment.step === 0) return known;
  const hard = network.lastTest && hardItem(network.lastTest);
  if (hard !== undefined) return { ...known, item: hard + 1 };
  taken.goToStart();
  return known;
}
