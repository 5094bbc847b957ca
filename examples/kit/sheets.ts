import type { ColourMap } from "../../demo/colours.js";
import { gallerySection } from "../../demo/gallery.js";
import type { Section } from "../../demo/sections.js";
import { type PictureValues, picturesOf } from "./pictures.js";

export interface SheetOptions {
  readonly columns: number;
  /** The pixels of an element's edge. */
  readonly scale: number;
  /** The colours of a single channel, from paper to ink if left out. */
  readonly map?: ColourMap;
}

/** As many pictures as there are columns, or a multiple: rows without text, as a section of a picture. */
export function sheetSection(name: string, values: PictureValues, { map, ...options }: SheetOptions): Section {
  const pictures = picturesOf(values, map).map((image) => ({ image }));
  return gallerySection(name, pictures, options);
}
