import { useMemo } from "preact/hooks";
import type { Architecture } from "../../network/architecture.js";
import { ACTIVATION_NAMES, isSigned } from "./blocks.js";
import { Caption } from "./Caption.js";
import type { Strip } from "./geometry.js";
import type { PictureProps } from "./NetworkPicture.js";
import type { Scale } from "./paint.js";
import { StripView } from "./StripView.js";
import { before, matrixOf, tensorOf } from "./values.js";

/** A strip of the drawn network, with its numbers and its words. */
export function NetworkStrip(props: PictureProps & { readonly strip: Strip; readonly bare?: boolean }) {
  const { strip, stations, drawn, snapshot, start, limits, settings, paper, grain, classes, light, open } = props;
  const { station, role } = strip;
  const shown = role === "start" ? start : snapshot;
  const matrix = useMemo(() => {
    const source = before(stations, station) ?? station;
    return (map: number, from: number) => matrixOf(strip, source, map, from);
  }, [strip, stations, station]);
  const limit = limitOf(strip, limits);
  const block = station.block || drawn.blocks.length + 1;
  const { label, nameOf } = wordsFor(strip, drawn, classes);
  return (
    <>
      <div class="field">
        {strip.key === "w1" && drawn.input[2] > 1 && <ColourParts strip={strip} />}
        <StripView
          strip={strip}
          tensor={shown && tensorOf(strip, shown)}
          matrix={matrix}
          scale={scaleOf(strip, drawn)}
          limit={limit}
          paper={paper}
          grain={grain}
          label={label}
          nameOf={nameOf}
          chosen={role === "maps" && settings.station === station.name ? settings.map : undefined}
          onLight={(map) => light(map === undefined ? undefined : { block, map })}
          onOpen={(map, source) => open(station, map, source)}
        />
      </div>
      {!props.bare && (
        <p class="caption small" style={{ left: `${captionX(strip)}px` }}>
          <Caption {...props} besideStart={strip.key === "w1"} />
        </p>
      )}
    </>
  );
}

/** A filter has a part for each colour of the picture: which is which stands above the first one. */
function ColourParts({ strip: { groups } }: { readonly strip: Strip }) {
  const tiles = groups[0]?.tiles ?? [];
  // In more than one line they find no place.
  if (tiles.some(({ y }) => y !== tiles[0]?.y)) return null;
  return tiles.map(({ x, y, columns, cell, source }) => (
    <span
      key={source}
      class="small part"
      aria-hidden="true"
      style={{ left: `${x}px`, top: `${y - PART_HEIGHT}px`, width: `${columns * cell}px` }}
    >
      {"RGB"[source]}
    </span>
  ));
}
const PART_HEIGHT = 18;

/** Of the words below a column. Those of few kernels begin before them: behind them stands the next column. */
const captionX = ({ role, rect, station }: Strip) =>
  role === "weights" && station.block > 1 ? Math.min(rect.x, rect.x + rect.width - CAPTION) : rect.x;
const CAPTION = 68;

const PREFIXES: Readonly<Record<Strip["role"], string>> = { start: "s", weights: "w", maps: "" };

export const limitOf = ({ role, station }: Strip, limits: PictureProps["limits"]) =>
  limits[`${PREFIXES[role]}${station.name}`] ?? 1;

export function scaleOf({ role, station }: Strip, { activation }: Architecture): Scale {
  return role === "maps" && station.kind !== "convolution" && !isSigned(activation) ? "magnitude" : "signed";
}

function wordsFor({ role, station }: Strip, { activation, input }: Architecture, classes: readonly string[]) {
  const { kind, block } = station;
  if (kind === "dense") {
    return { label: "Weights of the classes", nameOf: (map: number) => `weights of ${classes[map]}, open inside` };
  }
  const layer = {
    convolution: `convolution ${block}`,
    activation: `${ACTIVATION_NAMES[activation]} ${block}`,
    pool: `pool ${block}`,
    picture: "the picture",
    loss: "the loss",
  }[kind];
  const thing = role === "maps" ? "map" : "filter";
  const parts = role !== "maps" && block === 1 && input[2] > 1 ? ", its parts for red, green and blue" : "";
  return {
    label: `${role === "maps" ? "Maps" : "Filters"} of ${layer}${role === "start" ? " before the first step" : ""}`,
    nameOf: (map: number) => `${thing} ${map + 1} of ${layer}${parts}, open inside`,
  };
}
