import { h, type VNode } from "vue";

const WIDTH = 320;
const HEIGHT = 64;

/** A small curve with its name and its last value. Values that are no numbers leave a gap. */
export function curve(name: string, values: readonly number[]): VNode {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const place = (value: number, i: number) => {
    const x = values.length > 1 ? (i / (values.length - 1)) * WIDTH : 0;
    const y = high > low ? HEIGHT - ((value - low) / (high - low)) * HEIGHT : HEIGHT / 2;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  };
  const path = values.map((value, i) =>
    Number.isFinite(value) ? `${Number.isFinite(values[i - 1]) ? "L" : "M"}${place(value, i)}` : "",
  );
  const range = finite.length > 0 ? `${short(low)} to ${short(high)}` : "no numbers";
  return h("figure", { key: name, class: "live-curve" }, [
    h("figcaption", [`${name} `, h("strong", short(values.at(-1) ?? Number.NaN)), ` (${range})`]),
    h(
      "svg",
      {
        viewBox: `-2 -2 ${WIDTH + 4} ${HEIGHT + 4}`,
        role: "img",
        "aria-label": `Curve of ${name}: ${values.length} points, ${range}`,
      },
      [h("path", { d: path.join("") })],
    ),
    h("div", { class: "live-axis", "aria-hidden": "true" }, [
      h("span", "point 1"),
      h("span", `point ${values.length}`),
    ]),
  ]);
}

const short = (value: number) => (Number.isInteger(value) ? `${value}` : value.toPrecision(3));
