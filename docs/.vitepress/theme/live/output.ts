import type { Report } from "../../live/messages.js";

/** A part of what a block has shown. Lines of text that follow each other are one part, and so are pictures. */
export type Part =
  | { readonly type: "text"; readonly isError: boolean; readonly text: string }
  | { readonly type: "pictures"; readonly pictures: readonly Picture[] };

export interface Picture {
  readonly image: ImageData;
  readonly scale: number;
}

/** What a block has shown so far. */
export interface Output {
  readonly parts: readonly Part[];
  /** The values of each curve. */
  readonly curves: ReadonlyMap<string, readonly number[]>;
}

export const emptyOutput: Output = { parts: [], curves: new Map() };

/** The output with one more report in it. */
export function added({ parts, curves }: Output, report: Report): Output {
  const last = parts.at(-1);
  const others = parts.slice(0, -1);
  if (report.type === "text") {
    const { text, isError } = report;
    const goesOn = last?.type === "text" && last.isError === isError;
    const part: Part = { type: "text", isError, text: goesOn ? `${last.text}\n${text}` : text };
    return { parts: [...(goesOn ? others : parts), part], curves };
  }
  if (report.type === "picture") {
    const picture = { image: report.image, scale: report.scale };
    const goesOn = last?.type === "pictures";
    const part: Part = { type: "pictures", pictures: [...(goesOn ? last.pictures : []), picture] };
    return { parts: [...(goesOn ? others : parts), part], curves };
  }
  if (report.type === "point") {
    const values = [...(curves.get(report.name) ?? []), report.value];
    return { parts, curves: new Map(curves).set(report.name, values) };
  }
  return { parts, curves };
}
