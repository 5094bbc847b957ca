import { blueRed, type ColourMap, ink, type Paper } from "../colours.js";
import { channelsOf, type HostTensor, type Image, largest } from "../images.js";
import type { Answer, Question } from "./lesson.js";
import type { Settings } from "./settings.js";
import type { Change } from "./useSettings.js";

/** What the parts of the page are made from: an answer with the question that it answers, and the settings of this moment. */
export interface Shown {
  readonly question: Question;
  readonly answer: Answer;
  readonly settings: Settings;
  readonly change: Change;
  readonly paper: Paper;
}

/** The channel of the picture whose numbers are shown: the chosen one, if the picture has so many. */
export function shownChannel({ question, settings }: Pick<Shown, "question" | "settings">): number {
  return Math.min(settings.channel, (question.x.shape[3] ?? 1) - 1);
}

/** One channel of a map [1, height, width, channels]. */
export function channelOf(map: HostTensor, channel: number): Image {
  const image = channelsOf(map, 0)[channel];
  if (!image) throw new Error(`a map of shape [${map.shape.join(", ")}] has no channel ${channel}`);
  return image;
}

/** One channel of one filter of [height, width, channels, filters]. */
export function filterOf({ shape, values }: HostTensor, channel: number, filter: number): Image {
  const [height = 0, width = 0, channels = 0, filters = 0] = shape;
  return channelOf({ shape: [1, height, width, channels * filters], values }, channel * filters + filter);
}

/** One channel of [height, width, channels], in row-major order. */
export function valuesOf({ shape, values }: HostTensor, channel: number): Float32Array {
  const channels = shape[2] ?? 1;
  return values.filter((_, i) => i % channels === channel);
}

/** Colours of one scale for numbers that are compared with one another. */
export const signed = (images: readonly Image[], paper: Paper): ColourMap => blueRed(largest(images), paper);

/** For pictures, whose numbers are from 0 to 1. */
export const grey = (paper: Paper): ColourMap => ink(1, paper);
