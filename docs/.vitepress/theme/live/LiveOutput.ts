import { defineComponent, h, type PropType } from "vue";
import { curve } from "./curve.js";
import type { Output, Part, Picture } from "./output.js";

/** What a block has shown: text and pictures in their order, then the curves. */
export const LiveOutput = defineComponent({
  name: "LiveOutput",
  props: {
    output: { type: Object as PropType<Output>, required: true },
    /** Why the block failed. */
    failure: { type: String, required: true },
  },
  setup: (props) => () =>
    h("div", { class: "live-output", role: "log", "aria-label": "Output of the block" }, [
      ...props.output.parts.map(part),
      ...Array.from(props.output.curves, ([name, values]) => curve(name, values)),
      props.failure === "" ? undefined : h("p", { class: "live-failure", role: "alert" }, props.failure),
    ]),
});

const part = (each: Part) =>
  each.type === "text"
    ? h("pre", { class: { "live-error": each.isError, "live-columns": hasColumns(each.text) }, tabindex: 0 }, each.text)
    : h("div", { class: "live-pictures" }, each.pictures.map(picture));

/** Lines with columns of text, such as those of `model.summary()`, must not wrap. */
const hasColumns = (text: string) => /^.*\S {2,}\S.*\n.*\S {2,}\S/m.test(text);

function picture({ image, scale }: Picture, index: number) {
  const { width, height } = image;
  const draw = (canvas: unknown) => {
    if (canvas instanceof HTMLCanvasElement) canvas.getContext("2d")?.putImageData(image, 0, 0);
  };
  return h("canvas", {
    key: index,
    width,
    height,
    role: "img",
    "aria-label": `Picture ${index + 1}, ${width} × ${height} pixels`,
    style: { width: `${width * scale}px`, imageRendering: scale > 1 ? "pixelated" : undefined },
    onVnodeMounted: ({ el }) => draw(el),
    onVnodeUpdated: ({ el }) => draw(el),
  });
}
