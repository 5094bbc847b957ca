import { blueRed, type ColourMap, ink, teal } from "../colours.js";
import { channelsOf, filtersOf, firstImages, type HostTensor, type Image, largest } from "../images.js";
import { COLOUR, Sheet, TEXT } from "../sheet.js";
import type { Digits } from "./mnist.js";
import type { NetworkTensors } from "./network.js";
import { FILTER_NAMES } from "./weights.js";

/** The values of the network's tensors. */
export type Snapshot = Readonly<Record<keyof NetworkTensors, HostTensor>>;

export interface PictureContent {
  readonly digits: Digits;
  readonly snapshot: Snapshot;
  /** The device, and the result of the checks. */
  readonly subtitle: string;
}

/** Images side by side, with a label to the left. */
interface Row {
  readonly title: string;
  readonly lines: readonly string[];
  readonly map: ColourMap;
  readonly images: readonly Image[];
  /** The edge of an element, in pixels. */
  readonly scale: number;
  /** Below the images. */
  readonly captions?: readonly string[];
  /** The image that the following rows show. */
  readonly marked?: number;
  /** Drawn over each image as an outline. */
  readonly contours?: readonly Image[];
}

interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** In pixels. A row holds eight boxes of 128, or sixteen of 56, with 16 between them. */
const PAGE = { margin: 72, label: 288, content: 1136, header: 148, section: 62, sectionGap: 28, rowGap: 40 } as const;
const BOX_GAP = 16;
const EXCERPT_TOP = 40;
const LABEL_HEIGHT = 92;
const CAPTION_HEIGHT = 24;
const WIDTH = PAGE.margin + PAGE.label + PAGE.content + PAGE.margin;
const SHOWN = 8;
/** The digit whose maps are shown. */
const FOCUS = 0;

/** Draws the whole run. @returns a PNG file's bytes */
export function drawPicture(content: PictureContent): Buffer {
  const sections = layOut(content);
  const sheet = new Sheet(WIDTH, PAGE.margin + PAGE.header + sectionsHeight(sections));
  drawHeader(sheet, content);
  drawSections(sheet, sections, PAGE.margin + PAGE.header);
  return sheet.png();
}

/** The rows of the documentation's picture, by their titles. */
const EXCERPT: ReadonlySet<string> = new Set(["conv2d, ReLU", "maxPool2d", "maxPool2dBackward", "pad2dBackward"]);

/** Draws a few rows without a header. @returns a PNG file's bytes */
export function drawExcerpt(content: Omit<PictureContent, "subtitle">): Buffer {
  const sections = layOut(content).map(({ title, rows }) => ({
    title,
    rows: rows.filter((row) => EXCERPT.has(row.title)),
  }));
  const sheet = new Sheet(WIDTH, EXCERPT_TOP + sectionsHeight(sections));
  drawSections(sheet, sections, EXCERPT_TOP);
  return sheet.png();
}

function sectionsHeight(sections: readonly Section[]): number {
  return (
    sections.flatMap(({ rows }) => rows).reduce((sum, row) => sum + rowHeight(row) + PAGE.rowGap, 0) +
    sections.length * PAGE.section +
    (sections.length - 1) * PAGE.sectionGap
  );
}

function drawSections(sheet: Sheet, sections: readonly Section[], top: number): void {
  let y = top;
  for (const { title, rows } of sections) {
    sheet.text(title, PAGE.margin, y, { size: TEXT.body, bold: true, colour: COLOUR.accent, spacing: 2 });
    sheet.rule(PAGE.margin, y + 14, WIDTH - 2 * PAGE.margin);
    y += PAGE.section;
    for (const row of rows) {
      drawRow(sheet, row, y);
      y += rowHeight(row) + PAGE.rowGap;
    }
    y += PAGE.sectionGap;
  }
}

function layOut({ digits, snapshot }: Omit<PictureContent, "subtitle">): Section[] {
  const { padded, w1, a1, p1, z2, y, dy, dz1, dw1, dImages } = snapshot;
  const written = firstImages(padded, SHOWN);
  const names = Array.from(digits.labels.subarray(0, SHOWN), String);
  const name = names[FOCUS] ?? "";
  const activations = channelsOf(a1, FOCUS);
  // One scale for both, so that the values that the pool keeps look alike.
  const activationMap = teal(largest(activations));
  return [
    {
      title: "FORWARD",
      rows: [
        {
          title: "pad2d",
          lines: ["The digits with a margin of 2", shapeOf(padded)],
          map: ink(1),
          images: written,
          scale: 4,
          captions: names,
          marked: FOCUS,
        },
        {
          ...signed(filtersOf(w1), 25),
          title: "Filters of conv2d",
          lines: ["Untrained: classics and random", shapeOf(w1)],
          captions: FILTER_NAMES,
        },
        {
          title: "conv2d, ReLU",
          lines: [`What each filter finds in the ${name}`, shapeOf(a1)],
          map: activationMap,
          images: activations,
          scale: 4,
        },
        {
          title: "maxPool2d",
          lines: ["The largest of every 2×2", shapeOf(p1)],
          map: activationMap,
          images: channelsOf(p1, FOCUS),
          scale: 8,
        },
        { ...signed(channelsOf(z2, FOCUS), 7), title: "conv2d", lines: ["3×3 over all maps, stride 2", shapeOf(z2)] },
        {
          ...signed(channelsOf(y, FOCUS), 14),
          title: "averagePool2d",
          lines: [`The features y of the ${name}`, shapeOf(y)],
        },
      ],
    },
    {
      title: "BACKWARD",
      rows: [
        {
          ...signed(channelsOf(dy, FOCUS), 14),
          title: "dy",
          lines: [`y less the average of all ${name}s`, shapeOf(dy)],
        },
        {
          ...signed(channelsOf(dz1, FOCUS), 4),
          title: "maxPool2dBackward",
          lines: ["and ReLU: to the winners only", shapeOf(dz1)],
        },
        {
          ...signed(filtersOf(dw1), 25),
          title: "conv2dBackwardFilter",
          lines: ["Summed over all digits", shapeOf(dw1)],
          captions: FILTER_NAMES,
        },
        {
          ...signed(firstImages(dImages, SHOWN), 4),
          title: "pad2dBackward",
          lines: ["Down to the images", shapeOf(dImages)],
          captions: names.map((label) => `${label}, against all ${label}s`),
          contours: firstImages({ shape: digits.shape, values: digits.pixels }, SHOWN),
        },
      ],
    },
  ];
}

function signed(images: readonly Image[], scale: number) {
  return { map: blueRed(largest(images)), images, scale };
}

function shapeOf({ shape }: HostTensor): string {
  return `[${shape.join(", ")}]`;
}

function drawHeader(sheet: Sheet, { digits, subtitle }: PictureContent): void {
  const { margin } = PAGE;
  const count = digits.shape[0];
  sheet.text(`${count} digits through a convolutional network and back`, margin, margin + 24, {
    size: TEXT.title,
    bold: true,
  });
  sheet.text(subtitle, margin, margin + 60, { colour: COLOUR.muted });
  sheet.text(
    "White is zero everywhere. In the last row, red is where more ink would make a digit less like the average of its class, blue where more like it.",
    margin,
    margin + 84,
    { colour: COLOUR.muted },
  );
}

function drawRow(sheet: Sheet, row: Row, top: number): void {
  const { title, lines, map, images, scale, captions, marked, contours } = row;
  sheet.text(title, PAGE.margin, top + 15, { size: TEXT.heading, bold: true });
  for (const [i, line] of lines.entries()) {
    sheet.text(line, PAGE.margin, top + 38 + 20 * i, { colour: COLOUR.muted });
  }
  sheet.colourBar(map, PAGE.margin, top + 72);
  const box = (PAGE.content + BOX_GAP) / images.length - BOX_GAP;
  for (const [i, image] of images.entries()) {
    const edge = image.width * scale;
    const x = PAGE.margin + PAGE.label + i * (box + BOX_GAP) + Math.floor((box - edge) / 2);
    sheet.image(image, x, top, scale, map);
    const contour = contours?.[i];
    if (contour) sheet.contour(contour, x, top, scale, 0.5);
    if (i === marked) sheet.frame(x, top, edge, edge, 3, COLOUR.accent);
    const caption = captions?.[i];
    if (caption !== undefined) {
      sheet.text(caption, x + edge / 2, top + image.height * scale + 20, {
        size: TEXT.small,
        colour: COLOUR.muted,
        align: "center",
      });
    }
  }
}

function rowHeight({ images, scale, captions }: Row): number {
  const tiles = (images[0]?.height ?? 0) * scale + (captions ? CAPTION_HEIGHT : 0);
  return Math.max(tiles, LABEL_HEIGHT + 10);
}
