import { basename, extname } from "node:path";
import { parseArgs } from "node:util";
import type { BackendKind } from "../backend.js";
import { backendKind, parsed, refuseUnknown, UsageError, wholeNumber } from "../commandLine.js";

export const USAGE = `Makes a picture larger with ESRGAN, a network that was trained for it.

usage: npm run upscale -- PICTURE [--model slim|medium] [--scale 2|3|4] [--tile N] [--backend auto|webgpu|wasm|cpu]
                          [--threads N] [--out FILE]

  PICTURE         a PNG, JPEG or WebP file
  --model NAME    slim: fast (default); medium: finer, and three times slower
  --scale N       2, 3 or 4 times the height and width (default 2)
  --tile N        the height and width of the tiles that the picture is cut into, 64 to 1024 (default 128): larger ones need
                  more memory and a little less time
  --backend KIND  auto: a GPU, else WebAssembly, else the CPU reference (default)
                  webgpu: any adapter or an error; wasm: WebAssembly; cpu: the CPU reference, slowly
  --threads N     the threads of WebAssembly (default: the cores, at most 8)
  --out FILE      the PNG that it writes (default: the picture's name with the scale, such as photo-2x.png)
  --help          this text`;

export interface UpscaleArguments {
  readonly picture: string;
  readonly model: "slim" | "medium";
  readonly scale: number;
  readonly tile: number;
  readonly backend: BackendKind;
  readonly threads: number | undefined;
  readonly out: string;
}

const OPTIONS = {
  model: { type: "string", default: "slim" },
  scale: { type: "string", default: "2" },
  tile: { type: "string", default: "128" },
  backend: { type: "string", default: "auto" },
  threads: { type: "string" },
  out: { type: "string" },
  help: { type: "boolean" },
} as const;

/** @returns undefined if the user asks for help. @throws UsageError */
export function readUpscaleArguments(words: readonly string[]): UpscaleArguments | undefined {
  refuseUnknown(words, OPTIONS, true);
  const { values, positionals } = parsed(() =>
    parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true }),
  );
  if (values.help) return undefined;
  const [picture, ...others] = positionals;
  if (!picture || others.length > 0) {
    throw new UsageError(`${positionals.length} pictures were given, expected one: npm run upscale -- photo.png`);
  }
  const model = (["slim", "medium"] as const).find((name) => name === values.model);
  if (!model) throw new UsageError(`--model is "${values.model}", expected slim or medium`);
  const backend = backendKind(values.backend);
  const scale = wholeNumber("scale", values.scale, 2, 4);
  return {
    ...{ picture, model, backend, scale },
    tile: wholeNumber("tile", values.tile, 64, 1024),
    threads: values.threads === undefined ? undefined : wholeNumber("threads", values.threads, 1, 64),
    out: values.out ?? `${basename(picture, extname(picture))}-${scale}x.png`,
  };
}
