import type { Conv2dGeometry } from "../../../../core/geometry.js";
import type { FlippedFilter } from "./packFlipped.js";
import { panelElements } from "./packPanels.js";
import type { Frame } from "./padImages.js";
import { overhang, type Phase, type PhasedAxis, phasesOf } from "./phases.js";
import { pixelsInRows } from "./pixelsInRows.js";
import { type ProductPart, type ProductPlan, planProducts } from "./productPlan.js";
import { type RowProducts, type Runs, termsOf } from "./rowProducts.js";

/** Results of at most this many channels are computed as dot products. */
const MOST_DOT_CHANNELS = 3;

/** What is packed for one phase and one group. */
export interface PhasePack {
  /** Whether it is packed for dot products. */
  readonly dots: boolean;
  readonly taps: number;
  /** The taps side by side. */
  readonly across: number;
  /** The elements of w before the first tap, and the bytes before the packed weights. */
  readonly from: number;
  readonly to: number;
}

/** How an input gradient is computed: see `inputGradient`. */
export interface GradientPlan {
  readonly g: Conv2dGeometry;
  /** dy between columns of zeros. */
  readonly frame: Frame;
  readonly padded: boolean;
  readonly filter: FlippedFilter;
  readonly packs: readonly PhasePack[];
  readonly packsPanels: boolean;
  readonly packsColumns: boolean;
  readonly packedElements: number;
  readonly products: ProductPlan;
  readonly key: string;
}

export function planGradient(g: Conv2dGeometry, finish: RowProducts["finish"], bias: boolean): GradientPlan {
  const [rows, columns] = phasesOf(g);
  const { before, after } = overhang(columns);
  const frame = { h: g.p, w: g.q, c: g.k, top: 0, left: before, height: g.p, width: before + g.q + after };
  const packs: PhasePack[] = [];
  const parts: ProductPart[] = [];
  let packedElements = 0;
  for (const row of rows.phases) {
    for (const column of columns.phases) {
      const taps = row.taps * column.taps;
      const products = productsOf({ g, rows, columns, row, column, frame, bias, finish });
      const { dots } = products;
      for (let group = 0; group < g.groups; group++) {
        const to = packedElements * 4;
        parts.push(...partsOf(g, { products, group, to, row, column, frame }));
        if (taps === 0) continue;
        const from = (row.lastTap * g.s + column.lastTap) * g.cPerGroup * g.k + group * g.kPerGroup;
        packs.push({ dots, taps, across: column.taps, from, to });
        const terms = taps * g.kPerGroup;
        packedElements += dots ? terms * g.cPerGroup : panelElements({ rows: terms, columns: g.cPerGroup });
      }
    }
  }
  const filter = {
    ...{ columns: g.cPerGroup, length: g.kPerGroup, columnStride: g.k },
    downStride: -rows.tapStep * g.s * g.cPerGroup * g.k,
    rightStride: -columns.tapStep * g.cPerGroup * g.k,
  };
  const padded = before + after > 0;
  const products = planProducts(parts, g.c);
  // The function for the borders depends on the whole geometry, except the number of images.
  const bounds = padded ? JSON.stringify([frame, { ...g, n: 0 }, finish, bias]) : "";
  return {
    ...{ g, frame, padded, filter, packs, packedElements, products },
    packsPanels: packs.some((pack) => !pack.dots),
    packsColumns: packs.some((pack) => pack.dots),
    key: `inputGradient ${JSON.stringify(filter)} ${bounds} ${products.key}`,
  };
}

/** Shorter sums take less time than to add up the lanes of a vector. */
const LEAST_DOT_TERMS = 24;

/** Whether dot products of runs fill the lanes of vectors better than columns of panels do. */
function fillsDots(channels: number, runs: Runs): boolean {
  const { length } = runs;
  const enough = length % 4 === 0 ? length > 0 : termsOf(runs) >= LEAST_DOT_TERMS;
  return enough && channels <= MOST_DOT_CHANNELS && length / Math.ceil(length / 4) > channels;
}

interface PhaseProducts {
  readonly g: Conv2dGeometry;
  readonly rows: PhasedAxis;
  readonly columns: PhasedAxis;
  readonly row: Phase;
  readonly column: Phase;
  readonly frame: Frame;
  readonly bias: boolean;
  readonly finish: RowProducts["finish"];
}

function productsOf({ g, rows, columns, row, column, frame, bias, finish }: PhaseProducts): RowProducts {
  const rowBytes = frame.width * g.k * 4;
  const dense = columns.step === 1 && g.groups === 1;
  const none: Runs = { rows: 0, columns: 0, length: 0, rowStep: 0, columnStep: 0 };
  const runs: Runs = {
    ...{ rows: row.taps, rowStep: rows.step * rowBytes },
    ...{ columns: dense ? 1 : column.taps, columnStep: columns.step * g.k * 4 },
    length: dense ? column.taps * g.k : g.kPerGroup,
  };
  const last = row.first + (row.taps - 1) * rows.step + row.count - 1;
  const clipped = row.taps > 0 && column.taps > 0 && (row.first < 0 || last >= g.p);
  return {
    ...{ rows: row.count, pixels: column.count, channels: g.cPerGroup, bias, finish },
    dots: row.taps * column.taps > 0 && fillsDots(g.cPerGroup, runs),
    x: { image: g.p * rowBytes, row: rowBytes, pixel: g.k * 4 },
    y: {
      image: g.h * g.w * g.c * 4,
      row: rows.stride * g.w * g.c * 4,
      pixel: columns.stride * g.c * 4,
    },
    runs: row.taps * column.taps > 0 ? runs : none,
    clip: clipped ? { rows: g.p, step: rows.step } : undefined,
  };
}

interface PhasePart {
  readonly products: RowProducts;
  readonly group: number;
  /** The bytes before its packed weights. */
  readonly to: number;
  readonly row: Phase;
  readonly column: Phase;
  readonly frame: Frame;
}

function partsOf(g: Conv2dGeometry, { products, group, to, row, column, frame }: PhasePart): readonly ProductPart[] {
  const empty = products.runs.rows === 0;
  const rowsBefore = empty || products.clip ? 0 : row.first;
  const columnsBefore = empty ? 0 : column.first + frame.left;
  const part = {
    ...{ products, rows: row.count, top: row.first, panels: to },
    x: (rowsBefore * frame.width + columnsBefore) * g.k * 4 + group * g.kPerGroup * 4,
    y: (row.start * g.w + column.start) * g.c * 4 + group * g.cPerGroup * 4,
    bias: group * g.cPerGroup * 4,
  };
  return pixelsInRows(part, g.n);
}
