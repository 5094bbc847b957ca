import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { Term } from "../../look/Term.js";
import type { TermName } from "../../look/terms.js";
import { count } from "../../look/words.js";
import { denseInputs } from "../../network/architecture.js";
import { RANGES } from "../../settings/settings.js";
import { ActivationControl, ConvolutionControls, PoolControl, RemoveBlock } from "./BlockControls.js";
import { ACTIVATION_NAMES, addBlock } from "./blocks.js";
import { type BlockPlaces, type Columns, PICTURE_WIDTH, type Place } from "./columns.js";
import type { PictureProps } from "./NetworkPicture.js";
import { NetworkStrip } from "./NetworkStrip.js";
import { PictureColumn } from "./PictureColumn.js";
import { Prediction } from "./Prediction.js";
import { Wires } from "./Wires.js";
import { wiresOf } from "./wires.js";

/** The middle of the large picture, from the top of the columns: two lines of words stand above it. */
const PICTURE_MIDDLE = 36 + PICTURE_WIDTH / 2;

/** All columns beside each other. */
export function ColumnsView(props: PictureProps & { readonly columns: Columns }) {
  const { columns, drawn, stations, snapshot, classes, light, lit } = props;
  const { strips, width, height, blocks, dense, prediction, headHeight, leftOut } = columns;
  const denseBlock = drawn.blocks.length + 1;
  const wires = useMemo(
    () => wiresOf(strips, { x: 0, y: PICTURE_MIDDLE }, prediction.x, denseBlock),
    [strips, prediction.x, denseBlock],
  );
  const scores = stations.find(({ kind }) => kind === "dense");
  const ofBlock = (block: number) => strips.filter(({ station }) => station.block === block);
  return (
    <>
      <div class="columns" style={{ "--head": `${headHeight}px` }}>
        <div class="picture-part">
          <div class="head" style={{ width: `${PICTURE_WIDTH}px` }}>
            <h2>Picture</h2>
            <p class="small">
              {drawn.input.slice(0, 2).join(" × ")} numbers{drawn.input[2] > 1 && " each of red, green, blue"}
            </p>
          </div>
          <PictureColumn {...props} />
        </div>
        <div class="stage" style={{ width: `${width}px` }}>
          <div class="field" style={{ height: `${height}px` }}>
            <Wires wires={wires} lit={lit} width={width} height={height} />
          </div>
          {blocks.map((places, index) => (
            <Block key={`block ${index + 1}`} {...props} places={places} index={index} strips={ofBlock(index + 1)} />
          ))}
          <Head place={dense}>
            <Heading name="Dense" terms={["dense"]} onOpen={() => scores && props.open(scores, 0)} />
            <p class="small">
              {count(denseInputs(stations))} weights per {props.settings.data === "digits" ? "digit" : "class"}
            </p>
            <AddBlock {...props} />
          </Head>
          {strips.slice(-1).map((strip) => (
            <NetworkStrip key={strip.key} {...props} strip={strip} />
          ))}
          <Head place={prediction}>
            <div class="with-term">
              <h2>Prediction</h2>
              <Term names={["softmax"]} />
            </div>
            <p class="small">softmax of the {classes.length} scores</p>
          </Head>
          <div
            class={
              prediction.width < (classes.some((name) => name.length > 2) ? 240 : 190)
                ? "field predictions narrow"
                : "field predictions"
            }
            style={{ left: `${prediction.x}px`, width: `${prediction.width}px`, height: `${height}px` }}
          >
            <Prediction
              classes={classes}
              pass={snapshot?.pass}
              height={height}
              onLight={(map) => light(map === undefined ? undefined : { block: denseBlock, map })}
            />
          </div>
        </div>
      </div>
      {leftOut.length > 0 && (
        <p class="small">
          At this width there is no place for{" "}
          {leftOut.map((name, i) => (
            <span key={name}>
              {i > 0 && (i === leftOut.length - 1 ? " and " : ", ")}
              <Letter name={name} />
            </span>
          ))}
          . They are in Inside.
        </p>
      )}
    </>
  );
}

type BlockProps = PictureProps & {
  readonly places: BlockPlaces;
  readonly index: number;
  readonly strips: Columns["strips"];
};

/** The columns of one block, in the order of the network. */
function Block(props: BlockProps) {
  const { places, index, strips, settings, stations, open } = props;
  const block = index + 1;
  const opening = (name: string) => () => {
    const station = stations.find((known) => known.name === name);
    if (station) open(station, 0);
  };
  const view = (...keys: readonly string[]) =>
    strips
      .filter(({ key }) => keys.includes(key))
      .map((strip) => <NetworkStrip key={strip.key} {...props} strip={strip} />);
  const [z, a, p] = [`z${block}`, `a${block}`, `p${block}`];
  return (
    <>
      <Head place={places.convolution}>
        <Heading name="Convolution" terms={["filter", "stride", "padding"]} onOpen={opening(z)} />
        <ConvolutionControls {...props} index={index}>
          <RemoveBlock {...props} index={index} />
        </ConvolutionControls>
      </Head>
      {view("s1", `w${block}`, z)}
      {places.activation && (
        <Head place={places.activation}>
          <Heading name={ACTIVATION_NAMES[settings.activation]} onOpen={opening(a)} />
          {index === 0 && <ActivationControl {...props} />}
        </Head>
      )}
      {view(a)}
      <Head place={places.pool}>
        {stations.some(({ name }) => name === p) ? <Heading name="Pool" onOpen={opening(p)} /> : <h2>Pool</h2>}
        <p class="small with-term">
          {settings.blocks[index]?.pool !== "none" && "2 × 2"}
          <Term names={["pool"]} />
        </p>
        <PoolControl {...props} index={index} />
      </Head>
      {view(p)}
    </>
  );
}

function Head({ place, children }: { readonly place: Place; readonly children: ComponentChildren }) {
  return (
    <div class="head" style={{ left: `${place.x}px`, width: `${place.width}px` }}>
      {children}
    </div>
  );
}

interface HeadingProps {
  readonly name: string;
  readonly terms?: readonly TermName[];
  readonly onOpen: () => void;
}

/** The name of a layer. A click leads inside. */
export function Heading({ name, terms, onOpen }: HeadingProps) {
  return (
    <div class="with-term">
      <h2>
        <button type="button" class="heading" title="Open inside" onClick={onOpen}>
          {name} <span aria-hidden="true">›</span>
        </button>
      </h2>
      {terms && <Term names={terms} />}
    </div>
  );
}

export function AddBlock({ settings, change, stations }: PictureProps) {
  const last = stations.at(-3);
  if (settings.blocks.length >= RANGES.blocks[1] || !last) return null;
  const side = Math.min(last.height, last.width);
  return (
    <button type="button" class="word" onClick={() => change({ blocks: addBlock(settings.blocks, side) })}>
      + convolution
    </button>
  );
}

/** A station's or a weight's letter with its block's number. */
export function Letter({ name }: { readonly name: string }) {
  return (
    <i class="symbol">
      {name.slice(0, 1)}
      <sub>{name.slice(1)}</sub>
    </i>
  );
}
