import { OptionError } from "../../core/errors.js";

/** The problems that one error lists at most. */
const MOST_LISTED = 40;

/** What this library cannot express, of all layers of a file. One error tells it all. */
export class Problems {
  readonly #found: string[] = [];
  readonly #classes = new Set<string>();

  constructor(private readonly operator: string) {}

  /** @param what such as `data_format is "channels_first", expected "channels_last"` */
  add(layer: string, className: string, what: string): void {
    this.#found.push(`"${layer}" (${className}): ${what}`);
  }

  /** A layer of a class that is not known. */
  addClass(layer: string, className: string): void {
    this.#classes.add(className);
    this.add(layer, className, "its class is not known");
  }

  /** @throws OptionError if there is any */
  throwIfAny(): void {
    const count = this.#found.length;
    if (count === 0) return;
    const listed = this.#found.slice(0, MOST_LISTED).join("; ");
    const more = count > MOST_LISTED ? `; and ${count - MOST_LISTED} more` : "";
    const classes = [...this.#classes].map((name) => name.replace(/[^\w$]/g, "_")).slice(0, MOST_LISTED);
    const advice = classes.length > 0 ? `. Give layers of your own: { layers: { ${classes.join(", ")} } }` : "";
    throw new OptionError(`${this.operator}: the model cannot be expressed: ${listed}${more}${advice}`);
  }
}
