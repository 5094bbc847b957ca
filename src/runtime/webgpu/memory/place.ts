import type { Check } from "../commands/faults.js";
import type { DeviceMemory } from "./deviceMemory.js";
import type { GpuStorage, Tenancy } from "./gpuStorage.js";

/**
 * Memory that stays where it is while its values change: of a variable, of an input of a recorded step, or of values
 * that the step computes. At most one storage shows it at a time, its tenant. Before the values change, a tenant that
 * is still needed moves out.
 */
export class Place implements Tenancy {
  /** The memory itself. Recorded commands are bound to it. */
  readonly memory: GpuStorage;
  readonly #device: DeviceMemory;
  #tenant: GpuStorage | undefined;

  /** @throws OutOfMemoryError */
  constructor(device: DeviceMemory, operator: string, elements: number) {
    this.#device = device;
    this.memory = device.allocate(operator, elements);
  }

  /**
   * A storage that shows the present values. The place must have no tenant.
   *
   * @param elements may be fewer than the place has
   */
  show(elements: number, checks: ReadonlySet<Check>): GpuStorage {
    const tenant = this.#device.view(elements, this.memory.block, () => this.#forget(tenant));
    tenant.checks = checks;
    tenant.tenancy = this;
    this.#tenant = tenant;
    return tenant;
  }

  /** The check of the allocation. */
  get allocated(): ReadonlySet<Check> {
    const { check } = this.memory.block;
    return new Set(check ? [check] : []);
  }

  holds(storage: GpuStorage): boolean {
    return storage === this.#tenant;
  }

  /**
   * Moves the tenant out if anyone needs it. If the tenant is `own`, one of its holders does not count, because it
   * releases the tenant soon.
   *
   * @throws OutOfMemoryError
   */
  evictOthers(own?: GpuStorage): void {
    const tenant = this.#tenant;
    if (!tenant || (tenant === own && !tenant.shared)) return;
    this.#device.moveOut(tenant);
    this.#forget(tenant);
  }

  /**
   * Makes the place ready for other values: it has no tenant then.
   *
   * @param own see `evictOthers`
   * @throws OutOfMemoryError
   */
  vacate(own?: GpuStorage): void {
    this.evictOthers(own);
    if (this.#tenant) this.#forget(this.#tenant);
  }

  /** Gives the memory back. A tenant that is still held moves out first. */
  release(): void {
    this.vacate();
    this.memory.release();
  }

  #forget(tenant: GpuStorage): void {
    if (this.#tenant !== tenant) return;
    tenant.tenancy = undefined;
    this.#tenant = undefined;
  }
}
