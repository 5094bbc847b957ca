import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { RoomProps } from "../../App.js";
import { grow } from "../../look/grow.js";
import { type Architecture, type Station, stationsOf } from "../../network/architecture.js";
import { carryChosen } from "../../network/carry.js";
import { INITIAL } from "../../settings/settings.js";
import type { Snapshot } from "../../worker/messages.js";
import { ColumnsView } from "./ColumnsView.js";
import { layOutColumns } from "./columns.js";
import { Misfit } from "./Misfit.js";
import "./picture.css";
import { isNone } from "./PictureColumn.js";
import { RowsView } from "./RowsView.js";
import { type Limits, useLimits } from "./useLimits.js";
import { isOf } from "./values.js";
import type { Spot } from "./wires.js";

/** What all parts of the picture get. */
export interface PictureProps extends RoomProps {
  /** Of the network that is drawn. */
  readonly drawn: Architecture;
  readonly stations: readonly Station[];
  /** The numbers of the drawn network, once they are there, … */
  readonly snapshot: Snapshot | undefined;
  /** … and those before its first step. */
  readonly start: Snapshot | undefined;
  readonly limits: Limits;
  /** The side of a pixel of the screen. */
  readonly grain: number;
  /** The map whose lines are in ink. */
  readonly lit: Spot;
  readonly light: (spot: Spot | undefined) => void;
  readonly open: (station: Station, map: number, source?: number) => void;
}

/** The whole network in one picture: what it sees, what every layer makes of it, and what it says. */
export function NetworkPicture(props: RoomProps) {
  const { network, settings, change } = props;
  const root = useRef<HTMLElement>(null);
  const { width, grain } = useSize(root);
  const drawn = useDrawn(props);
  const stations = useMemo(() => stationsOf(drawn), [drawn]);
  const fits = (snapshot: Snapshot | undefined) => (snapshot && isOf(snapshot, drawn, stations) ? snapshot : undefined);
  const start = fits(network.start);
  const none = isNone(props);
  const whole = fits(network.snapshot);
  // Nothing is made of a picture that is not there.
  const snapshot = useMemo(() => (whole && none ? { ...whole, pass: undefined } : whole), [whole, none]);
  const limits = useLimits(network.plan, stations, snapshot, start);
  const [pointed, light] = useState<Spot>();
  const chosen = stations.find(({ name }) => name === settings.station);
  const lit = pointed ?? { block: chosen?.block || drawn.blocks.length + 1, map: settings.map };
  const columns = useMemo(
    () => (width > 0 ? layOutColumns(drawn, stations, props.classes, width, grain) : undefined),
    [drawn, stations, props.classes, width, grain],
  );
  const open = (station: Station, map: number, source = 0) => {
    const cell = carryChosen(drawn, stations, settings, station);
    const clicked = root.current?.querySelector<HTMLElement>("[data-map]:is(:hover, :focus)");
    grow(clicked, () =>
      change({ room: "inside", station: station.name, map, source, cell, direction: "forward", guide: 0 }),
    );
  };
  const all: PictureProps = { ...props, drawn, stations, snapshot, start, limits, grain, lit, light, open };
  // The worker tells the page ten things a second. Most of them change nothing here.
  const shown = useMemo(
    () => (
      <>
        {network.misfit && <Misfit {...all} />}
        {columns ? <ColumnsView {...all} columns={columns} /> : width > 0 && <RowsView {...all} width={width} />}
      </>
    ),
    [
      ...[width, grain, drawn, columns, snapshot, start, limits, lit.block, lit.map],
      ...[settings, props.paper, props.classes, props.example, props.examples, props.own.live, network.misfit],
    ],
  );
  return (
    <section ref={root} class="network" aria-label="The network">
      {shown}
    </section>
  );
}

/** The network that is wanted, or the last one that could be. */
function useDrawn({ architecture, network }: RoomProps): Architecture {
  const last = useRef(network.plan?.architecture);
  // An address may ask for a network that cannot be.
  last.current = network.misfit ? (last.current ?? { ...architecture, blocks: INITIAL.blocks }) : architecture;
  return last.current;
}

function useSize(root: { readonly current: HTMLElement | null }) {
  const [size, set] = useState({ width: 0, grain: 1 });
  useLayoutEffect(() => {
    const element = root.current;
    if (!element) return;
    const measure = () => {
      const width = Math.floor(element.clientWidth);
      const grain = 1 / Math.max(1, Math.floor(devicePixelRatio));
      set((before) => (before.width === width && before.grain === grain ? before : { width, grain }));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [root]);
  return size;
}
