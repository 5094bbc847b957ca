import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { Program } from "../../commands/programs.js";
import { evenly, type Job, type Work } from "../../commands/work.js";
import { PANEL_COLUMNS } from "./packPanels.js";
import type { FramedImages } from "./padImages.js";
import { writeRowDots } from "./rowDots.js";
import { type RowProducts, termsOf, writeRowProducts } from "./rowProducts.js";
import { slicesOf, sumJobs, writeSumSlices } from "./sumSlices.js";

/** The multiply-adds of one job: some 0.4 ms. */
const WORK_OF_JOB = 2 ** 22;

/** A part of an operator's output, such as that of a group of channels or of a stride phase. */
export interface ProductPart {
  readonly products: RowProducts;
  /** The rows of an image. */
  readonly rows: number;
  /** Bytes from the beginning of x, of the panels, of y and of the bias. */
  readonly x: number;
  readonly panels: number;
  readonly y: number;
  readonly bias: number;
  /** See `PRODUCT_PARAMETERS`. */
  readonly top: number;
}

/** Addresses. */
export interface ProductTensors {
  readonly panels: number;
  readonly y: number;
  readonly bias: number | undefined;
  readonly mask: number | undefined;
  /** The pixels of an image of y. */
  readonly pixels: number;
}

/** Parts that one function computes. */
interface Kind {
  readonly name: string;
  readonly products: RowProducts;
  readonly parts: ProductPart[];
}

/** How the parts of y are computed. Together, they are all of y. */
export interface ProductPlan {
  /** What the functions depend on. */
  readonly key: string;
  readonly kinds: readonly Kind[];
  /** The slices of the part that has most of them. */
  readonly slices: number;
  /** Those of y. */
  readonly channels: number;
}

export function planProducts(parts: readonly ProductPart[], channels: number): ProductPlan {
  const kinds = new Map<string, Kind>();
  for (const part of parts) {
    const key = JSON.stringify(part.products);
    const kind = kinds.get(key);
    if (kind) kind.parts.push(part);
    else kinds.set(key, { name: `products${kinds.size}`, products: part.products, parts: [part] });
  }
  const slices = Math.max(...parts.map(({ products }) => slicesOf(products).length));
  const key = [...kinds.keys(), slices > 1 ? channels : 0].join();
  return { key, kinds: [...kinds.values()], slices, channels };
}

/** Writes a function for each kind of products. */
export function writeProducts(module: ModuleBuilder, plan: ProductPlan, relaxedSimd: boolean): void {
  const { kinds, slices, channels } = plan;
  for (const { name, products } of kinds) {
    const write = products.dots ? writeRowDots : writeRowProducts;
    write(module, name, slices > 1 ? unfinished(products) : products, relaxedSimd);
  }
  const [first] = kinds;
  if (first && slices > 1) writeSumSlices(module, { ...first.products, channels, slices });
}

/** Queues the jobs for some images. `to` is for all images. */
export function runProducts(
  work: Work,
  program: Program,
  plan: ProductPlan,
  { from, first, count }: FramedImages,
  { y, bias, mask, panels, pixels }: ProductTensors,
): void {
  const { slices, channels } = plan;
  const before = first * pixels * channels * 4;
  const to = { x: from, images: count, panels, y: y + before, bias: bias ?? 0, mask: (mask ?? 0) + before };
  if (slices === 1) {
    runKinds(work, program, plan, to, 0);
    return;
  }
  const sliceBytes = count * pixels * channels * 4;
  const partial = work.workspace((slices * sliceBytes) / 4).address;
  work.run(program.function("clearSlices"), [[partial, slices * sliceBytes]]);
  runKinds(work, program, plan, { ...to, y: partial }, sliceBytes);
  const args = [partial, sliceBytes, to.y, to.bias, to.mask];
  work.run(program.function("sumSlices"), sumJobs(args, count * pixels, channels, slices));
}

/** Addresses, for some images. */
interface Target extends Pick<ProductTensors, "panels" | "y"> {
  readonly x: number;
  readonly images: number;
  readonly bias: number;
  readonly mask: number;
}

function runKinds(work: Work, program: Program, { kinds }: ProductPlan, to: Target, sliceBytes: number): void {
  for (const { name, products, parts } of kinds) {
    const slices = slicesOf(products);
    const jobs = parts.flatMap((part) =>
      slices.flatMap(({ first, end }, slice) => partJobs(part, to, slice * sliceBytes, [first, end])),
    );
    work.run(program.function(name), jobs);
  }
}

/** A job computes some panels of some rows, so few bytes of x and w serve many products. */
function partJobs(part: ProductPart, to: Target, slice: number, runs: Job): readonly Job[] {
  const { products } = part;
  const rows = part.rows * to.images;
  const panels = Math.ceil(products.channels / PANEL_COLUMNS);
  const terms = Math.max(1, termsOf(products.runs));
  const rowBytes = products.x.row;
  const panelBytes = terms * PANEL_COLUMNS * 4;
  const units = Math.max(1, WORK_OF_JOB / (products.pixels * PANEL_COLUMNS * terms));
  // r rows and p panels of a job have r · p = units. They take the fewest bytes if r · rowBytes = p · panelBytes.
  const panelsOfJob = Math.min(panels, Math.max(1, Math.sqrt((units * rowBytes) / panelBytes), units / rows));
  const panelRanges = evenly(panels, panels / panelsOfJob);
  const rowsOfJob = units / Math.ceil(panels / panelRanges.length);
  const args = [
    ...[to.x + part.x, to.panels + part.panels, to.y + part.y + slice],
    ...[to.bias + part.bias, to.mask + part.y, part.top, ...runs],
  ];
  return panelRanges.flatMap((range) =>
    evenly(rows, rows / rowsOfJob).map(({ first, end }) => [...args, first, end, range.first, range.end]),
  );
}

function unfinished(products: RowProducts): RowProducts {
  return { ...products, bias: false, finish: "none" };
}
