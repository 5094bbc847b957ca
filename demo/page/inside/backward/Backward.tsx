import { useMemo, useState } from "preact/hooks";
import { blueRed } from "../../../colours.js";
import { largest } from "../../../images.js";
import { fixed } from "../../look/words.js";
import { cellName } from "../names.js";
import { type Link, Links } from "../parts/Links.js";
import { StepBar } from "../parts/StepBar.js";
import { useSteps } from "../parts/useSteps.js";
import { type BlockPlace, cellAt, indexOf, type Place } from "../place.js";
import { backwardSizes } from "../sizes.js";
import { useAnswer } from "../useAnswer.js";
import { gradientsOf, layerOf, mapsOf, valueAt } from "../values.js";
import type { ViewProps } from "../view.js";
import { ArrivalColumn } from "./ArrivalColumn.js";
import { ConvColumn } from "./ConvColumn.js";
import { Flights } from "./Flights.js";
import { GateColumn } from "./GateColumn.js";
import { journeyOf } from "./journey.js";
import { LossColumn } from "./LossColumn.js";
import { PoolColumn } from "./PoolColumn.js";
import { isSure, Sure } from "./Sure.js";
import { arrivalOf, limitsOf, partsOf, traceOf, unsignedOf } from "./trace.js";
import { unitOf } from "./units.js";

export interface BackwardProps extends ViewProps {
  readonly at: BlockPlace;
  readonly place: Place;
}

/** Milliseconds for each part of g's way: when a visitor goes one step, and while playing. */
const LEG = 360;
const QUICK_LEG = 180;

/** One gradient's way from the loss to the weights and to the maps before. */
export function Backward(props: BackwardProps) {
  const { moment, at, place, width, change, network, notes, paper, settings } = props;
  const { client } = network;
  const { last, pool, activation, convolution } = at;
  const { row, column } = place.cell;
  const trace = useMemo(
    () => traceOf(moment, at, { ...place, map: settings.map, source: settings.source }),
    [moment, at.number, place.station.name, settings.map, settings.source, row, column],
  );
  const [filling, fill] = useState(false);
  const g = valueAt(gradientsOf(moment, last)[trace.map], trace.cell);
  const layer = useMemo(() => layerOf(moment, at), [moment, at.number]);
  const asked = useMemo(
    () => layer && { layer, parts: partsOf(moment, at, trace, filling) },
    [layer, moment, trace, filling],
  );
  const answered = useAnswer(client, "convGradients", asked);
  const unsigned = useMemo(
    () => (filling && layer ? unsignedOf(moment, at, layer) : undefined),
    [layer, moment, filling],
  );
  const bounds = useAnswer(client, "convGradients", unsigned);
  const arriving = useMemo(() => arrivalOf(moment, at, trace), [moment, trace]);
  const arrival = useAnswer(client, "chainStep", arriving);
  const pooling = at.block.pool;
  const pooled = useMemo(() => {
    const a = moment.pass.values[activation.name];
    if (!pool || !a || pooling === "none") return undefined;
    return { mode: pooling, a, map: trace.map, cell: trace.cell, da: moment.pass.gradients[pool.name] };
  }, [moment, trace]);
  const poolAnswer = useAnswer(client, "poolStep", pooled);
  const gated = useMemo(() => {
    const z = valueAt(mapsOf(moment, convolution)[trace.map], trace.z);
    const gradient = valueAt(gradientsOf(moment, activation)[trace.map], trace.z);
    return { activation: moment.architecture.activation, z, gradient };
  }, [moment, trace]);
  const gate = useAnswer(client, "gateStep", gated);
  const index = indexOf(trace.cell, last);
  const count = last.height * last.width;
  const go = (to: number) => change({ station: last.name, map: trace.map, cell: cellAt(to, last) });
  const ready =
    answered?.question === asked &&
    (!unsigned || bounds?.question === unsigned) &&
    gate?.question === gated &&
    (!arriving || arrival?.question === arriving) &&
    (!pooled || poolAnswer?.question === pooled);
  const onPlay = () => fill(true);
  const [playing, play] = useSteps({ index, count, columns: last.width, ready, go, stay: 3 * QUICK_LEG + 100, onPlay });
  const [pointed, point] = useState<number>();
  if (!layer || !answered || !gate) return <p class="waits">One moment …</p>;

  const limits = limitsOf(moment, at, filling && bounds?.question === unsigned ? bounds?.answer[0] : undefined);
  const sizes = backwardSizes(width, at.block.size, pool ? 3 : 2);
  const maps = [last, activation, convolution].map((station) => gradientsOf(moment, station));
  const unit = unitOf(largest(maps.flat()));
  const colours = blueRed(largest(maps.flat()), paper);
  const shared = { ...props, trace, sizes, unit, colours, row: { pointed, point } };
  const flights = journeyOf(at, trace, {
    g,
    back: poolAnswer?.answer.back ?? [],
    arrives: gate.question.gradient,
    dz: gate.answer.dz,
    alone: answered.answer[0],
    limits,
    colours,
    paper,
  });
  const links: Link[] = [
    { from: "arrival-sum", to: "g-last", as: "side" },
    { from: "g-last", to: pool ? "g-pool" : "g-gate", as: "over" },
    ...(pool ? [{ from: "g-winner", to: "g-gate", as: "over" } as const] : []),
    { from: "g-pool", to: "pool-window", as: "beam" },
    { from: "g-gate", to: "gate-number", as: "beam" },
    ...(sizes.form === "wide" ? [{ from: "gate-back", to: "conv-g", as: "arrow" } as const] : []),
    { from: "dx-window", to: "dx-adds", as: "beam" },
    { from: "dw-window", to: "dw-adds", as: "beam" },
  ];
  const shown = ready ? `${last.name} ${trace.map} ${trace.cell.row} ${trace.cell.column}` : undefined;
  return (
    <div data-shown={shown}>
      {isSure(moment.pass) && <Sure {...props} />}
      <p class="small unit">
        Red: the loss rises if this number grows. Blue: it falls. Gradients are rounded
        {unit.word && `, and all in ${unit.word}: 1.0 is ${fixed(1000 ** -(unit.decimals / 3), unit.decimals)}`}.
      </p>
      <Links class={`backward ${sizes.form}`} links={links}>
        <LossColumn {...shared} />
        <ArrivalColumn {...shared} arrival={arriving && arrival?.answer} g={g} />
        {pool && <PoolColumn {...shared} step={poolAnswer} g={g} />}
        <GateColumn {...shared} step={gate} />
        <ConvColumn
          {...shared}
          layer={layer}
          parts={answered.answer}
          dz={gate.answer.dz}
          limits={limits}
          filling={filling}
          fill={fill}
        />
        <Flights of={shown} flights={flights} leg={playing ? QUICK_LEG : LEG} />
      </Links>
      <StepBar
        playing={playing}
        play={play}
        index={index}
        count={count}
        thing={`Map ${trace.map + 1}, cell`}
        place={cellName(trace.cell)}
        go={go}
      >
        {notes}
      </StepBar>
    </div>
  );
}
