import type { ComponentChildren } from "preact";
import { type Block, KERNEL_SIZES, PADDINGS, POOLS, RANGES, type Settings } from "../../settings/settings.js";
import type { Change } from "../../settings/useSettings.js";
import { ACTIVATION_NAMES, changeBlock, changeFilters, removeBlock } from "./blocks.js";
import { Pick } from "./Pick.js";

interface BlockControlsProps {
  readonly settings: Settings;
  readonly change: Change;
  /** From 0. */
  readonly index: number;
}

const SIZES = KERNEL_SIZES.map((value) => ({ value, text: `${value} × ${value}` }));
const [LEAST_STRIDE, LARGEST_STRIDE] = RANGES.stride;
const STRIDES = [LEAST_STRIDE, LARGEST_STRIDE].map((value) => ({ value: Number(value), text: `stride ${value}` }));
const PADDING_OPTIONS = PADDINGS.map((value) => ({ value, text: value }));

/** How many filters a convolution has, and how they move. */
export function ConvolutionControls({
  settings,
  change,
  index,
  children,
}: BlockControlsProps & { readonly children?: ComponentChildren }) {
  const { blocks } = settings;
  const block = blocks[index];
  if (!block) return null;
  const name = `convolution ${index + 1}`;
  const set = (changes: Partial<Block>) => change({ blocks: changeBlock(blocks, index, changes) });
  const add = (by: number) => change({ blocks: changeFilters(blocks, index, by) });
  const [fewest, most] = RANGES.filters;
  return (
    <div class="controls">
      <span class="stepper">
        <button
          type="button"
          aria-label={`One filter fewer in ${name}`}
          disabled={block.filters <= fewest}
          onClick={() => add(-1)}
        >
          −
        </button>
        <span class="value">{block.filters}</span>
        <button
          type="button"
          aria-label={`One filter more in ${name}`}
          disabled={block.filters >= most}
          onClick={() => add(1)}
        >
          +
        </button>
        <span>{block.filters === 1 ? "filter" : "filters"}</span>
      </span>
      <Pick
        label={`Size of the filters of ${name}`}
        value={block.size}
        options={SIZES}
        onPick={(size) => set({ size })}
      />
      <Pick label={`Stride of ${name}`} value={block.stride} options={STRIDES} onPick={(stride) => set({ stride })} />
      <Pick
        label={`Padding of ${name}`}
        value={block.padding}
        options={PADDING_OPTIONS}
        onPick={(padding) => set({ padding })}
      />
      {children}
    </div>
  );
}

export function RemoveBlock({ settings: { blocks }, change, index }: BlockControlsProps) {
  const name = `convolution ${index + 1}`;
  if (blocks.length <= RANGES.blocks[0] || index >= blocks.length) return null;
  return (
    <button
      type="button"
      class="remove"
      aria-label={`Remove ${name}`}
      title={`Remove ${name}`}
      onClick={() => change({ blocks: removeBlock(blocks, index) })}
    >
      ×
    </button>
  );
}

const POOL_OPTIONS = POOLS.map((value) => ({ value, text: value }));

export function PoolControl({ settings: { blocks }, change, index }: BlockControlsProps) {
  const block = blocks[index];
  if (!block) return null;
  return (
    <Pick
      label={`Pool of block ${index + 1}`}
      value={block.pool}
      options={POOL_OPTIONS}
      onPick={(pool) => change({ blocks: changeBlock(blocks, index, { pool }) })}
    />
  );
}

const ACTIVATION_OPTIONS = (["relu", "leakyRelu", "tanh", "sigmoid"] as const).map((value) => ({
  value,
  text: ACTIVATION_NAMES[value],
}));

export function ActivationControl({ settings: { activation }, change }: Omit<BlockControlsProps, "index">) {
  return (
    <Pick
      label="Activation of all convolutions"
      value={activation}
      options={ACTIVATION_OPTIONS}
      onPick={(picked) => change({ activation: picked })}
    />
  );
}
