/** A part of the page as an SVG document: its texts, lines, boxes and canvases, where they are on the screen. */

/** Controls, and what is there for other reasons than to be seen. */
const LEFT_OUT = ".unseen, .term, .draw-buttons, .examples, .misfit, select, [data-unsaved]";
const SHAPES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity"] as const;

/** Around the picture, in pixels. */
const MARGIN = 16;

export function svgOf(root: Element): { readonly svg: string; readonly width: number; readonly height: number } {
  const { left, top, width, height } = root.getBoundingClientRect();
  const parts: string[] = [];
  const gradients: string[] = [];
  const draw = (node: Node) => {
    if (node instanceof Text) parts.push(...textOf(node, left, top));
    if (!(node instanceof Element) || node.matches(LEFT_OUT) || !node.checkVisibility()) return;
    const box = node.getBoundingClientRect();
    const place: Box = { x: box.left - left, y: box.top - top, width: box.width, height: box.height };
    if (node instanceof SVGSVGElement) {
      parts.push(drawingOf(node, place));
      return;
    }
    parts.push(...boxOf(getComputedStyle(node), place, gradients));
    if (node instanceof HTMLCanvasElement) {
      const smooth = getComputedStyle(node).imageRendering === "pixelated" ? ' style="image-rendering:pixelated"' : "";
      parts.push(`<image ${attributes(place)} preserveAspectRatio="none"${smooth} href="${node.toDataURL()}"/>`);
    }
    for (const child of node.childNodes) draw(child);
  };
  const paper = getComputedStyle(document.body).backgroundColor;
  draw(root);
  const [w, h] = [Math.ceil(width) + 2 * MARGIN, Math.ceil(height) + 2 * MARGIN];
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="${-MARGIN} ${-MARGIN} ${w} ${h}">`,
    `<defs>${gradients.join("")}</defs>`,
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${w}" height="${h}" fill="${paper}"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
  return { svg, width: w, height: h };
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const round = (value: number) => String(Math.round(100 * value) / 100);
const attributes = ({ x, y, width, height }: Box) =>
  `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Lines between words are where the browser broke them. */
function textOf(node: Text, left: number, top: number): string[] {
  const parent = node.parentElement;
  if (!parent || !node.data.trim()) return [];
  const style = getComputedStyle(parent);
  const lines: { words: string; box: DOMRect }[] = [];
  const range = document.createRange();
  for (const { 0: word, index } of node.data.matchAll(/\S+\s?/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.trimEnd().length);
    const box = range.getBoundingClientRect();
    const last = lines.at(-1);
    if (last && Math.abs(last.box.top - box.top) < 2) last.words += word;
    else if (box.width > 0) lines.push({ words: word, box });
  }
  const { ascent, descent } = metricsOf(style.font);
  return lines.map(({ words, box }) => {
    const baseline = box.top + (box.height * ascent) / (ascent + descent);
    const font = `font-family="${escaped(style.fontFamily)}" font-size="${style.fontSize}" font-weight="${style.fontWeight}" font-style="${style.fontStyle}"`;
    return `<text x="${round(box.left - left)}" y="${round(baseline - top)}" fill="${style.color}" ${font}>${escaped(words.trim())}</text>`;
  });
}

function metricsOf(font: string): { readonly ascent: number; readonly descent: number } {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return { ascent: 4, descent: 1 };
  context.font = font;
  const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = context.measureText("x");
  return { ascent, descent };
}

/** The background, the borders and the outline. */
function boxOf(style: CSSStyleDeclaration, place: Box, gradients: string[]): string[] {
  const parts: string[] = [];
  const colours = style.backgroundImage.match(/rgba?\([^)]*\)/g);
  if (colours) {
    const id = `ramp${gradients.length}`;
    const stops = colours.map(
      (colour, i) => `<stop offset="${round(i / (colours.length - 1))}" stop-color="${colour}"/>`,
    );
    gradients.push(`<linearGradient id="${id}">${stops.join("")}</linearGradient>`);
    parts.push(`<rect ${attributes(place)} fill="url(#${id})"/>`);
  } else if (!/^(transparent|rgba\(.*, 0\))$/.test(style.backgroundColor)) {
    parts.push(`<rect ${attributes(place)} fill="${style.backgroundColor}"/>`);
  }
  const sides = [
    [style.borderTopStyle, style.borderTopWidth, style.borderTopColor, 0, 0, 1, 0],
    [style.borderBottomStyle, style.borderBottomWidth, style.borderBottomColor, 0, 1, 1, 1],
    [style.borderLeftStyle, style.borderLeftWidth, style.borderLeftColor, 0, 0, 0, 1],
    [style.borderRightStyle, style.borderRightWidth, style.borderRightColor, 1, 0, 1, 1],
  ] as const;
  const { x, y, width, height } = place;
  for (const [kind, thick, colour, x1, y1, x2, y2] of sides) {
    if (kind === "none" || Number.parseFloat(thick) === 0 || /, 0\)$/.test(colour)) continue;
    const [ax, ay, bx, by] = [x + x1 * width, y + y1 * height, x + x2 * width, y + y2 * height].map(round);
    parts.push(`<line x1="${ax}" y1="${ay}" x2="${bx}" y2="${by}" stroke="${colour}" stroke-width="${thick}"/>`);
  }
  if (style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0) {
    const grow = Number.parseFloat(style.outlineOffset) + Number.parseFloat(style.outlineWidth) / 2;
    const around = { x: x - grow, y: y - grow, width: width + 2 * grow, height: height + 2 * grow };
    parts.push(
      `<rect ${attributes(around)} fill="none" stroke="${style.outlineColor}" stroke-width="${style.outlineWidth}"/>`,
    );
  }
  return parts;
}

/** A drawing within the page: with the looks that the style sheet gives to its shapes. */
function drawingOf(element: SVGSVGElement, place: Box): string {
  const copy = element.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) return "";
  const [shapes, copies] = [element.querySelectorAll("*"), copy.querySelectorAll("*")];
  for (const [i, shape] of shapes.entries()) {
    const style = getComputedStyle(shape);
    for (const name of SHAPES) copies[i]?.setAttribute(name, style.getPropertyValue(name));
    copies[i]?.removeAttribute("class");
  }
  copy.removeAttribute("class");
  copy.removeAttribute("style");
  for (const [name, value] of Object.entries(place)) copy.setAttribute(name, round(value));
  copy.setAttribute("overflow", "visible");
  return new XMLSerializer().serializeToString(copy);
}
