import type { ColourImage } from "./images.js";
import type { Section } from "./sections.js";
import { COLOUR, TEXT } from "./sheet.js";

/** A picture with its text below. */
export interface Picture {
  readonly image: ColourImage;
  /** Lines of text. The first is black, the others are grey. */
  readonly captions?: readonly string[];
}

export interface GalleryOptions {
  readonly columns: number;
  /** The pixels of an element's edge. */
  readonly scale: number;
  /** Stands above the pictures. */
  readonly note?: string;
}

/** In pixels. */
const NOTE = 20;
const LINE = 17;
const GAP = 16;

/** Pictures of one size in rows. Without pictures, it says so. */
export function gallerySection(
  name: string,
  pictures: readonly Picture[],
  { columns, scale, note }: GalleryOptions,
): Section {
  const [first] = pictures;
  if (!first) return { name, height: TEXT.body, draw: (sheet, x, y) => sheet.text("None.", x, y + TEXT.body) };
  const [edgeX, edgeY] = [first.image.width * scale, first.image.height * scale];
  const lines = Math.max(...pictures.map(({ captions = [] }) => captions.length));
  const row = edgeY + lines * LINE + GAP;
  const above = note === undefined ? 0 : NOTE;
  return {
    name,
    height: above + Math.ceil(pictures.length / columns) * row - GAP,
    draw: (sheet, left, top, width) => {
      if (note !== undefined) sheet.text(note, left, top, { colour: COLOUR.muted });
      const apart = columns === 1 ? 0 : (width - edgeX) / (columns - 1);
      for (const [i, { image, captions = [] }] of pictures.entries()) {
        const x = Math.round(left + (i % columns) * apart);
        const y = top + above + Math.floor(i / columns) * row;
        sheet.colourImage(image, x, y, scale);
        for (const [line, text] of captions.entries()) {
          const colour = line === 0 ? COLOUR.text : COLOUR.muted;
          const baseline = y + edgeY + 1 + (line + 1) * LINE;
          sheet.text(text, x + edgeX / 2, baseline, { size: TEXT.small, align: "center", colour });
        }
      }
    },
  };
}
