import { useMemo, useState } from "preact/hooks";
import { largest } from "../../../images.js";
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
import { GateColumn } from "./GateColumn.js";
import { LossColumn } from "./LossColumn.js";
import { PoolColumn } from "./PoolColumn.js";
import { arrivalOf, partsOf, traceOf } from "./trace.js";
import { unitOf } from "./units.js";

export interface BackwardProps extends ViewProps {
  readonly at: BlockPlace;
  readonly place: Place;
}

/** One gradient's way from the loss to the weights and to the maps before. */
export function Backward(props: BackwardProps) {
  const { moment, at, place, width, change, network, notes, reached } = props;
  const { client } = network;
  const { last, pool, activation, convolution } = at;
  const { row, column } = place.cell;
  const trace = useMemo(
    () => traceOf(moment, at, place),
    [moment, at.number, place.station.name, place.map, place.source, row, column],
  );
  const [filling, fill] = useState(false);
  const g = valueAt(gradientsOf(moment, last)[trace.map], trace.cell);
  const layer = useMemo(() => layerOf(moment, at), [moment, at.number]);
  const asked = useMemo(
    () => layer && { layer, parts: partsOf(moment, at, trace, filling) },
    [layer, moment, trace, filling],
  );
  const answered = useAnswer(client, "convGradients", asked);
  const arrival = useAnswer(
    client,
    "chainStep",
    useMemo(() => arrivalOf(moment, at, trace), [moment, trace]),
  );
  const pooling = at.block.pool;
  const poolAnswer = useAnswer(
    client,
    "poolStep",
    useMemo(() => {
      const a = moment.pass.values[activation.name];
      if (!pool || !a || pooling === "none") return undefined;
      return { mode: pooling, a, map: trace.map, cell: trace.cell, gradient: g };
    }, [moment, trace, g]),
  );
  const gate = useAnswer(
    client,
    "gateStep",
    useMemo(() => {
      const z = valueAt(mapsOf(moment, convolution)[trace.map], trace.z);
      const gradient = valueAt(gradientsOf(moment, activation)[trace.map], trace.z);
      return { activation: moment.architecture.activation, z, gradient };
    }, [moment, trace]),
  );
  const index = indexOf(trace.cell, last);
  const count = last.height * last.width;
  const go = (to: number) => change({ station: last.name, map: trace.map, cell: cellAt(to, last) });
  const ready = answered?.question === asked;
  const [playing, play] = useSteps({ index, count, columns: last.width, ready, go, onPlay: () => fill(true) });
  if (!layer || !answered || !gate) return <p class="waits">One moment …</p>;

  const sizes = backwardSizes(width, at.block.size);
  const unit = unitOf(largest(gradientsOf(moment, last)));
  const shared = { ...props, trace, sizes, unit };
  const links: Link[] = [
    { from: "arrival-sum", to: "g-last", as: "side" },
    ...(reached(4) ? [{ from: "g-last", to: pool ? "g-pool" : "g-gate", as: "over" } as const] : []),
    ...(pool ? [{ from: "g-winner", to: "g-gate", as: "over" } as const] : []),
    { from: "g-pool", to: "pool-window", as: "beam" },
    { from: "g-gate", to: "gate-number", as: "beam" },
    ...(reached(5)
      ? [
          { from: "dx-window", to: "dx-adds", as: "beam" } as const,
          { from: "dw-window", to: "dw-adds", as: "beam" } as const,
        ]
      : []),
  ];
  return (
    <div data-shown={ready ? `${last.name} ${trace.map} ${trace.cell.row} ${trace.cell.column}` : undefined}>
      <p class="small unit">
        Red: the loss rises if this number grows. Blue: it falls.
        {unit.word && ` Except for ŷ − y, gradients are in ${unit.word}.`}
      </p>
      <Links class={`backward ${sizes.form}`} links={links}>
        <LossColumn {...shared} />
        <ArrivalColumn {...shared} arrival={arrival?.answer} g={g} dim={!reached(4)} />
        {pool && <PoolColumn {...shared} step={poolAnswer} g={g} dim={!reached(4)} />}
        <GateColumn {...shared} step={gate} dim={!reached(4)} />
        <ConvColumn
          {...shared}
          layer={layer}
          parts={answered.answer}
          dz={gate.answer.dz}
          filling={filling}
          fill={fill}
          dim={!reached(5)}
        />
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
