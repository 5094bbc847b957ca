import { COLOUR, Sheet, TEXT } from "./sheet.js";

/** A part of a page, under its own heading. */
export interface Section {
  readonly name: string;
  /** In pixels, without the heading. */
  readonly height: number;
  /** Draws it. `x` and `y` are its left upper corner. */
  draw(sheet: Sheet, x: number, y: number, width: number): void;
}

export interface Page {
  readonly title: string;
  readonly subtitle: string;
  readonly width: number;
  readonly sections: readonly Section[];
}

/** In pixels. The margin is a share of the width. */
const PAGE = { margin: 0.05, header: 112, section: 62, gap: 48 } as const;

/** Draws a page: a title, and sections below each other. @returns a PNG file's bytes */
export function drawPage({ title, subtitle, width, sections }: Page): Buffer {
  const margin = Math.round(PAGE.margin * width);
  const inner = width - 2 * margin;
  const height = sections.reduce((sum, section) => sum + PAGE.section + section.height + PAGE.gap, 0);
  const sheet = new Sheet(width, margin + PAGE.header + height);
  const fitting = (text: string, size: number, bold: boolean) =>
    Math.min(size, Math.floor((size * inner) / sheet.widthOf(text, { size, bold })));
  const [titleSize, subtitleSize] = [fitting(title, TEXT.title, true), fitting(subtitle, TEXT.body, false)];
  sheet.text(title, margin, margin + 24, { size: titleSize, bold: true });
  sheet.text(subtitle, margin, margin + 60, { size: subtitleSize, colour: COLOUR.muted });

  let y = margin + PAGE.header;
  for (const { name, height, draw } of sections) {
    sheet.text(name.toUpperCase(), margin, y, { size: TEXT.body, bold: true, colour: COLOUR.accent, spacing: 2 });
    sheet.rule(margin, y + 14, inner);
    draw(sheet, margin, y + PAGE.section - 16, inner);
    y += PAGE.section + height + PAGE.gap;
  }
  return sheet.png();
}
