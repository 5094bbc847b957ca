import { mapValues } from "../../../core/objects.js";
import type { DeviceTraits, Launch, Named, Operation } from "../../../core/operation.js";
import type { Executor } from "../../../core/runtime.js";
import { elementsOf } from "../../../core/shape.js";
import type { Storage } from "../../../core/storage.js";
import { type BindingLimits, forEachBatch } from "./batches.js";
import { Workspaces } from "./workspaces.js";

/** Takes an operation's allocations and launches. It runs them, records them or notes them. */
export interface LaunchTarget {
  /** Called before an operator's launches. */
  operator?(name: string): void;
  /** @param within memory of at least this size, no longer in use, which the new storage may show */
  allocate(operator: string, elements: number, within?: Storage): Storage;
  upload(operator: string, values: Float32Array): Storage;
  fill(operator: string, elements: number, value: number): Storage;
  workspace?(bytes: number): void;
  launch(operator: string, launch: Launch): void;
}

/** Plans operations for a device, and hands their launches to a target. */
export class GpuExecutor implements Executor {
  constructor(
    private readonly traits: DeviceTraits,
    private readonly limits: BindingLimits,
    private readonly target: LaunchTarget,
  ) {}

  upload(operator: string, values: Float32Array): Storage {
    return this.target.upload(operator, values);
  }

  fill(operator: string, elements: number, value: number): Storage {
    return this.target.fill(operator, elements, value);
  }

  run(operation: Operation, inputs: Named<Storage>): Record<string, Storage> {
    const { name } = operation;
    const { traits, limits, target } = this;
    const held: Storage[] = [];
    const workspaces = new Workspaces({
      allocate(elements, within) {
        const workspace = target.allocate(name, elements, within);
        if (!within) target.workspace?.(workspace.bytes);
        return workspace;
      },
    });
    target.operator?.(name);
    try {
      const outputs = mapValues(operation.outputs, (shape) => {
        const storage = target.allocate(name, elementsOf(shape));
        held.push(storage);
        return storage;
      });
      operation.gpu(
        {
          traits,
          launch: (launch) => target.launch(name, launch),
          workspace: (elements) => workspaces.take(elements),
          prepare: (source, purpose, elements, compute) => workspaces.prepare(source, purpose, elements, compute),
          forEachBatch: (images, storages, kernel) =>
            forEachBatch(name, limits, images, storages, (...chunk) => workspaces.inChunk(() => kernel(...chunk))),
        },
        inputs,
        outputs,
      );
      return outputs;
    } catch (error) {
      for (const storage of held) storage.release();
      throw error;
    } finally {
      workspaces.release();
    }
  }
}
