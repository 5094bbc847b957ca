import { KernelError } from "../../../core/errors.js";
import { quietly } from "../commands/faults.js";
import type { Block } from "../memory/bufferPool.js";
import type { Kernel } from "./pipelines.js";

/** A range of a block as a kernel sees it. */
export interface BoundRange {
  readonly block: Block;
  readonly offset: number;
  readonly bytes: number;
}

const MOST_BIND_GROUPS = 4096;

/** Reuses bind groups for as long as their buffers live. */
export class BindGroupCache {
  /** The oldest first. */
  readonly #entries = new Map<string, { readonly group: GPUBindGroup; readonly blocks: readonly Block[] }>();
  readonly #keysOfBlock = new Map<Block, Set<string>>();

  constructor(
    private readonly device: GPUDevice,
    private readonly paramsBuffer: GPUBuffer,
    private readonly paramsBytes: number,
  ) {}

  /** @param ranges the bound ranges, by the names and in the order of the kernel's bindings */
  get(kernel: Kernel, ranges: ReadonlyMap<string, BoundRange>): GPUBindGroup {
    let key = String(kernel.id);
    for (const { block, offset, bytes } of ranges.values()) key += `,${block.id}:${offset}:${bytes}`;
    const known = this.#entries.get(key);
    if (known) return known.group;
    // A buffer that could not be allocated makes the bind group invalid. The device also refuses the submission that
    // uses the group.
    const group = quietly(this.device, () => this.#create(kernel, ranges));
    const blocks = [...ranges.values()].map((range) => range.block);
    this.#entries.set(key, { group, blocks });
    for (const block of blocks) {
      const keys = this.#keysOfBlock.get(block);
      if (keys) keys.add(key);
      else this.#keysOfBlock.set(block, new Set([key]));
    }
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MOST_BIND_GROUPS && oldest !== undefined) this.#drop(oldest);
    return group;
  }

  /** Drops the bind groups of a block that is gone. */
  forget(block: Block): void {
    for (const key of [...(this.#keysOfBlock.get(block) ?? [])]) this.#drop(key);
  }

  #create(kernel: Kernel, ranges: ReadonlyMap<string, BoundRange>): GPUBindGroup {
    return this.device.createBindGroup({
      label: kernel.shader.path,
      layout: kernel.layout,
      entries: kernel.shader.bindings.map(({ name, index, type }) => {
        if (type === "uniform") {
          return { binding: index, resource: { buffer: this.paramsBuffer, size: this.paramsBytes } };
        }
        const range = ranges.get(name);
        if (!range) throw new KernelError(`${kernel.shader.path}: nothing is bound to ${name}`);
        return { binding: index, resource: { buffer: range.block.buffer, offset: range.offset, size: range.bytes } };
      }),
    });
  }

  #drop(key: string): void {
    for (const block of this.#entries.get(key)?.blocks ?? []) {
      const keys = this.#keysOfBlock.get(block);
      keys?.delete(key);
      if (keys?.size === 0) this.#keysOfBlock.delete(block);
    }
    this.#entries.delete(key);
  }
}
