import type { ComponentChildren } from "preact";

interface ColumnProps {
  /** From 1, at the loss. */
  readonly number: number;
  readonly name: string;
  readonly note: ComponentChildren;
  /** The rule, as an equation. */
  readonly rule: ComponentChildren;
  readonly class: string;
  readonly dim?: boolean | undefined;
  /** The width of a table in it. */
  readonly table?: number;
  readonly children: ComponentChildren;
}

/** A station on the way back. */
export function Column({ number, name, note, rule, class: kind, dim = false, table = 0, children }: ColumnProps) {
  return (
    <section class={`column ${kind}`} aria-label={`${number} ${name}`} inert={dim} style={{ "--table": `${table}px` }}>
      <div class="column-head">
        <h2>
          <span class="quiet">{number}</span> {name}
        </h2>
        <div class="small">{note}</div>
      </div>
      <div class="rule">{rule}</div>
      {children}
    </section>
  );
}
