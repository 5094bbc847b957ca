import quads from "../../../shaders/check/quads.wgsl";
import { existing } from "../../core/objects.js";
import type { Operation } from "../../core/operation.js";
import { GpuRuntime } from "./runtime.js";

/** The size of the workgroups in which quads are checked. Plans use quads only in workgroups of this size. */
export const QUAD_WORKGROUP_SIZE = 16;

/** Several workgroups, and a part of one. All quads are complete, as in every plan. */
const INVOCATIONS = 9 * QUAD_WORKGROUP_SIZE + 8;

/** An operation without inputs. In it, the invocations of each quad exchange their values. */
const handAround: Operation = {
  name: "createBackend",
  outputs: { y: [INVOCATIONS, 4] },
  gpu(launcher, _, { y }) {
    launcher.launch({
      shader: quads,
      constants: { QUADS: true, WORKGROUP_SIZE: QUAD_WORKGROUP_SIZE },
      params: {},
      bindings: { y: existing(y) },
      invocations: INVOCATIONS,
      work: INVOCATIONS,
    });
  },
  cpu() {
    throw new Error("the check of quads runs on a GPU only");
  },
  terms: 0,
};

/**
 * Finds out whether quads follow the linear index of a workgroup on this device, as shaders/lib/quads.wgsl assumes. WGSL
 * does not promise it. So a small kernel runs once, before the first plan: the answer is one of the device's traits, and
 * the same device always gets the same plans.
 *
 * @returns false also if the device cannot compile or run the kernel
 */
export async function confirmQuads(device: GPUDevice): Promise<boolean> {
  if (!device.features.has("subgroups")) return false;
  // A runtime for the check only. It is destroyed afterwards.
  const runtime = new GpuRuntime(device, { ownsDevice: false, poolLimitBytes: 0 });
  try {
    await runtime.compile((executor) => {
      executor.run(handAround, {});
    });
    const y = existing(runtime.run(handAround, {})["y"]);
    const values = await y.read();
    return values.every((value, i) => value === expectedAt(Math.floor(i / 4), i % 4));
  } catch {
    return false;
  } finally {
    runtime.destroy();
  }
}

/** See shaders/check/quads.wgsl. */
function expectedAt(i: number, j: number): number {
  const quad = Math.floor(i / 4);
  let sum = 0;
  for (let step = 0; step < 1 + (quad % 4); step++) sum += 8 * (4 * quad + j) + step;
  return sum;
}
