import { useEffect, useRef } from "preact/hooks";
import { RANGES, type Settings } from "../../settings/settings.js";
import { hardItem, tells, tourStep } from "../tour.js";
import type { Moment } from "../useMoment.js";
import type { ViewsProps } from "../Views.js";

const [, LAST] = RANGES.guide;

type Looked = Pick<Settings, "example" | "item" | "drawing">;

/** What the tour shows in place of what a visitor looks at. */
export interface Instead {
  readonly before: Looked;
  readonly other: Pick<Looked, "item" | "drawing">;
  /** Why. */
  readonly words: string;
}

interface TourProps extends ViewsProps {
  readonly instead: Instead | undefined;
  keep(instead: Instead | undefined): void;
}

/** The guided first minute: five steps, each at a place where there is something to see. */
export function Tour(props: TourProps) {
  const { settings, change, moment, taken, instead, keep } = props;
  const { guide } = settings;
  /** The moment that another one will follow, with the example of the tour. */
  const follows = useRef<Moment | undefined>(undefined);
  /** Whether the network of now is too sure: all steps but the last are of its start. */
  const atStart = useRef(false);
  const show = (when: "start" | "now") => {
    if (!atStart.current) return;
    follows.current = moment;
    taken.show(when);
  };
  useEffect(() => {
    if (!follows.current || follows.current === moment) return;
    follows.current = undefined;
    if (guide > 0) change(tourStep(moment, guide));
  }, [moment]);
  const begin = () => {
    const other = tells(moment) ? undefined : otherExample(props);
    if (other) {
      const { example, item, drawing } = settings;
      follows.current = moment;
      atStart.current = moment.step > 0 && other.item === 0;
      const same = item === other.item && drawing === other.drawing;
      keep({ before: { example, item, drawing }, other, words: wordsOf(same, atStart.current) });
      show("start");
    }
    change({ ...tourStep(moment, 1), ...other });
  };
  const end = () => {
    // Whoever has chosen another picture meanwhile keeps it.
    const stays = settings.item === instead?.other.item && settings.drawing === instead.other.drawing;
    change({ guide: 0, ...(stays && instead.before) });
    keep(undefined);
    show("now");
    atStart.current = false;
  };
  // A station that is clicked ends the tour, too.
  useEffect(() => {
    if (guide === 0 && instead) end();
  }, [guide]);
  const go = (step: number) => {
    if (step > LAST) return end();
    if (step === LAST) show("now");
    else if (guide === LAST) show("start");
    change(tourStep(moment, step));
  };
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

function wordsOf(same: boolean, atStart: boolean): string {
  const picture =
    !same && "The tour shows another picture: with yours, hardly anything would run back. Yours comes back at the end.";
  const network = atStart && "Until its last step it shows the network before its training.";
  return [picture, network].filter(Boolean).join(" ");
}

/** An example that the network finds harder. Of a network that is sure of all, and of a new one, the example whose class is known. */
function otherExample({ moment, network }: ViewsProps): Pick<Looked, "item" | "drawing"> {
  const hard = moment.step > 0 && network.lastTest ? hardItem(network.lastTest) : undefined;
  return { item: hard === undefined ? 0 : hard + 1, drawing: "" };
}
