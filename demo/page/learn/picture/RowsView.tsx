import { useMemo, useState } from "preact/hooks";
import { count } from "../../look/words.js";
import { denseInputs } from "../../network/architecture.js";
import { ActivationControl, ConvolutionControls, PoolControl, RemoveBlock } from "./BlockControls.js";
import { ACTIVATION_NAMES } from "./blocks.js";
import { Caption } from "./Caption.js";
import { AddBlock, Heading, Letter } from "./ColumnsView.js";
import type { Strip } from "./geometry.js";
import type { PictureProps } from "./NetworkPicture.js";
import { NetworkStrip } from "./NetworkStrip.js";
import { PictureColumn } from "./PictureColumn.js";
import { Prediction } from "./Prediction.js";
import { layOutRows, type Row } from "./rows.js";
import { Wires } from "./Wires.js";
import type { Spot } from "./wires.js";

/** The layers below each other. */
export function RowsView(props: PictureProps & { readonly width: number }) {
  const { width, drawn, stations, grain, settings, snapshot, classes, lit, light, open } = props;
  const [followed, follow] = useState<readonly number[]>([]);
  const maps = (block: number) => stations.find(({ name }) => name === `z${block}`)?.maps ?? 1;
  const station = stations.find(({ name }) => name === settings.station);
  const chosen = drawn.blocks.map((_, i) =>
    Math.min(followed[i] ?? (station?.block === i + 1 ? settings.map : 0), maps(i + 1) - 1),
  );
  const rows = useMemo(
    () => layOutRows(drawn, stations, width, chosen, grain),
    [drawn, stations, width, chosen.join(), grain],
  );
  const followMap = (block: number, map: number) =>
    follow(drawn.blocks.map((_, i) => (i + 1 === block ? map : (followed[i] ?? chosen[i] ?? 0))));
  const lightAndFollow = (spot: Spot | undefined) => {
    light(spot);
    if (spot && spot.block <= drawn.blocks.length) followMap(spot.block, spot.map);
  };
  const named = classes.some((name) => name.length > 2);
  const denseBlock = drawn.blocks.length + 1;
  const scores = stations.find(({ kind }) => kind === "dense");
  return (
    <div class="rows">
      <PictureColumn {...props} />
      {rows.blocks.map((row, index) => (
        <BlockRow
          key={`block ${index + 1}`}
          {...props}
          row={row}
          index={index}
          light={lightAndFollow}
          lit={{ block: index + 1, map: chosen[index] ?? 0 }}
          onFollow={(map) => followMap(index + 1, map)}
        />
      ))}
      <section aria-label="Dense layer and prediction">
        <div class="row-head">
          <Heading name="Dense, prediction" terms={["dense", "softmax"]} onOpen={() => scores && open(scores, 0)} />
          <span class="small">
            {count(denseInputs(stations))} weights per {settings.data === "digits" ? "digit" : "class"}
          </span>
          <AddBlock {...props} />
        </div>
        <div class="row-field" style={{ height: `${rows.dense.height}px` }}>
          {rows.dense.strips.map((strip) => (
            <NetworkStrip key={strip.key} {...props} strip={strip} bare />
          ))}
          <div
            class={width - rows.predictionX < (named ? 240 : 190) ? "field predictions narrow" : "field predictions"}
            style={{
              left: `${rows.predictionX}px`,
              width: `${Math.min(280, width - rows.predictionX)}px`,
              height: `${rows.dense.height}px`,
            }}
          >
            <Prediction
              classes={classes}
              pass={snapshot?.pass}
              height={rows.dense.height}
              onLight={(map) => light(map === undefined ? undefined : { block: denseBlock, map })}
            />
          </div>
        </div>
        <Captions {...props} row={rows.dense} lit={lit} />
      </section>
    </div>
  );
}

interface BlockRowProps extends PictureProps {
  readonly row: Row;
  readonly index: number;
  readonly onFollow: (map: number) => void;
}

function BlockRow(props: BlockRowProps) {
  const { row, index, settings, stations, open, lit, onFollow } = props;
  const block = index + 1;
  const z = stations.find(({ name }) => name === `z${block}`);
  const pool = stations.some(({ name }) => name === `p${block}`);
  return (
    <section aria-label={`Block ${block}`}>
      <div class="row-head">
        <Heading
          name={`Convolution, ${ACTIVATION_NAMES[settings.activation]}${pool ? ", pool" : ""}`}
          terms={["filter", "stride", "padding", "activation", "pool"]}
          onOpen={() => z && open(z, 0)}
        />
        <RemoveBlock {...props} index={index} />
      </div>
      <div class="controls">
        <ConvolutionControls {...props} index={index} />
        {index === 0 && <ActivationControl {...props} />}
        <span>
          pool <PoolControl {...props} index={index} />
        </span>
      </div>
      <div class="row-field" style={{ height: `${row.height}px` }}>
        <div class="field">
          <Wires wires={row.wires} lit={lit} width={row.width} height={row.height} />
        </div>
        {row.strips.map((strip) => (
          <NetworkStrip key={strip.key} {...props} strip={strip} bare />
        ))}
        {row.strips.map((strip) => (
          <LineNames key={strip.key} strip={strip} />
        ))}
      </div>
      {index > 0 && z && <Follow map={lit.map} maps={z.maps} onFollow={onFollow} />}
      <Captions {...props} row={row} />
    </section>
  );
}

/** The letter of a strip, before each of its lines. The words below say it, too. */
function LineNames({ strip: { key, groups } }: { readonly strip: Strip }) {
  const lines = new Map(groups.map(({ box }) => [box.y, box.height]));
  return [...lines].map(([y, height]) => (
    <span key={y} class="row-name" aria-hidden="true" style={{ top: `${y + height / 2 - LINE_NAME / 2}px` }}>
      <Letter name={key} />
    </span>
  ));
}
const LINE_NAME = 20;

interface FollowProps {
  readonly map: number;
  readonly maps: number;
  readonly onFollow: (map: number) => void;
}

/** The row has place for the kernels of one map: which. */
function Follow({ map, maps, onFollow }: FollowProps) {
  return (
    <div class="controls">
      <span class="stepper">
        These kernels make map
        <button
          type="button"
          aria-label="Filter of the map before"
          disabled={map === 0}
          onClick={() => onFollow(map - 1)}
        >
          −
        </button>
        <span class="value">{map + 1}</span>
        <button
          type="button"
          aria-label="Filter of the next map"
          disabled={map === maps - 1}
          onClick={() => onFollow(map + 1)}
        >
          +
        </button>
      </span>
    </div>
  );
}

function Captions(props: PictureProps & { readonly row: { readonly strips: Row["strips"] } }) {
  const { row } = props;
  return (
    <p class="captions small">
      {row.strips.map((strip) => (
        <span key={strip.key}>
          <Caption {...props} strip={strip} />
        </span>
      ))}
    </p>
  );
}
