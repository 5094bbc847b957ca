import type { Settings } from "../settings/settings.js";
import type { NetworkClient } from "../worker/client.js";
import type { EnlargedTile } from "./enlarge.js";
import { type Frame, fittingSize, type PartWidth, partAround, partWidths, type Size } from "./limits.js";
import { drawPart, NotAPicture, openPhoto, type Photo } from "./photo.js";

type Scale = Settings["scale"];

/** A picture that is being enlarged, or is. */
export interface Result {
  readonly scale: Scale;
  readonly input: HTMLCanvasElement;
  /** Transparent where no tile is done. */
  readonly output: HTMLCanvasElement;
  /** From 0 to 1. */
  readonly progress: number;
  readonly seconds: number;
}

export interface EnlargementState {
  readonly photo: Photo | undefined;
  /** All of the photo, or a part of this width. */
  readonly take: "whole" | PartWidth;
  /** The middle of the part, in pixels of the photo. */
  readonly middle: { readonly x: number; readonly y: number };
  readonly running: boolean;
  readonly result: Result | undefined;
  /** What went wrong, in a sentence. */
  readonly error: string | undefined;
}

/** A photo that is wide enough to keep the visitor waiting begins with a part of it. */
const WAITING_PIXELS = 1_000_000;
const FIRST_PART = 256;

/** What of the photo is enlarged. */
export function frameOf({ take, middle }: EnlargementState, photo: Photo): Frame {
  return take === "whole" ? { left: 0, top: 0, ...sizeOf(photo) } : partAround(photo, take, middle);
}

/** The size in which the network gets it: smaller than it is, if it is too large. */
export const inputSize = (state: EnlargementState, photo: Photo, scale: Scale): Size =>
  fittingSize(frameOf(state, photo), scale);

/** The work of the room. It goes on while the visitor is in another. */
export class Enlargement {
  #state: EnlargementState = {
    photo: undefined,
    take: "whole",
    middle: { x: 0, y: 0 },
    running: false,
    result: undefined,
    error: undefined,
  };
  readonly #listeners = new Set<() => void>();
  #stop: AbortController | undefined;
  #opened = 0;

  constructor(private readonly client: NetworkClient) {}

  get state(): EnlargementState {
    return this.#state;
  }

  /** Calls `listener` after each change. @returns the function that ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The photo that comes with the page. */
  async openSample(): Promise<void> {
    const response = await fetch(new URL("./cat.png", import.meta.url));
    await this.open(await response.blob(), "cat.png");
  }

  /** Takes a file as the photo. If it is none, the last one stays. */
  async open(file: Blob, name: string): Promise<void> {
    const turn = ++this.#opened;
    try {
      const photo = await openPhoto(file, name);
      if (turn !== this.#opened) return photo.preview.close();
      this.stop();
      this.#state.photo?.preview.close();
      const large = photo.width * photo.height > WAITING_PIXELS && partWidths(photo).includes(FIRST_PART);
      const middle = { x: photo.width / 2, y: photo.height / 2 };
      this.#set({ photo, take: large ? FIRST_PART : "whole", middle, result: undefined, error: undefined });
    } catch (error) {
      this.#set({ error: sentence(error) });
    }
  }

  /** Takes another part, or all. */
  choose(changes: Partial<Pick<EnlargementState, "take" | "middle">>): void {
    if (!this.#state.running) this.#set({ ...changes, result: undefined });
  }

  async start(scale: Scale): Promise<void> {
    const { photo } = this.#state;
    if (!photo || this.#state.running) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.#set({ running: true, result: undefined, error: undefined });
    try {
      const { canvas, picture } = await drawPart(
        photo,
        frameOf(this.#state, photo),
        inputSize(this.#state, photo, scale),
      );
      const output = document.createElement("canvas");
      [output.width, output.height] = [scale * canvas.width, scale * canvas.height];
      const started = performance.now();
      const show = (progress: number) => {
        if (stop.signal.aborted) return;
        const seconds = (performance.now() - started) / 1000;
        this.#set({ result: { scale, input: canvas, output, progress, seconds } });
      };
      show(0);
      const onTile = (progress: number, tile: EnlargedTile) => {
        draw(output, tile);
        show(progress);
      };
      await this.client.ask("enlarge", { picture, scale }, onTile, stop.signal);
      this.#set({ running: false });
    } catch (error) {
      if (this.#stop !== stop) return;
      this.#set({ running: false, result: undefined, error: stop.signal.aborted ? undefined : sentence(error) });
    }
  }

  stop(): void {
    this.#stop?.abort();
  }

  /** Hands the result over as a file. */
  save(): void {
    const { photo, result } = this.#state;
    if (!photo || !result) return;
    result.output.toBlob((blob) => {
      if (!blob) return this.#set({ error: "This browser has no memory left to write the picture." });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${photo.name.replace(/\.\w+$/, "")}-${result.scale}x.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }, "image/png");
  }

  #set(changes: Partial<EnlargementState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}

function draw(output: HTMLCanvasElement, { rgba, width, height, left, top }: EnlargedTile): void {
  output.getContext("2d")?.putImageData(new ImageData(rgba, width, height), left, top);
}

const sizeOf = ({ width, height }: Size): Size => ({ width, height });

function sentence(error: unknown): string {
  if (error instanceof NotAPicture) return error.message;
  return `It did not work: ${error instanceof Error ? error.message : String(error)}`;
}
