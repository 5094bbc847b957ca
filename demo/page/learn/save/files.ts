import { svgOf } from "./svg.js";

/** Pixels of a saved picture for each of the screen. */
const SCALE = 2;

/** Gives the visitor a file. */
export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by the next task.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export const textFile = (text: string, type: string) => new Blob([text], { type });

/** An element as a picture of dots. @throws Error if the browser does not draw it */
export async function pngOf(element: Element): Promise<Blob> {
  const { svg, width, height } = svgOf(element);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = SCALE * width;
  canvas.height = SCALE * height;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("this browser made no picture of it");
  return blob;
}
