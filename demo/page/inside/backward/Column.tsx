import type { ComponentChildren } from "preact";

interface ColumnProps {
  /** From 1, at the loss. */
  readonly number: number;
  readonly name: string;
  readonly note?: ComponentChildren;
  /** What comes to this station, … */
  readonly arrives: ComponentChildren;
  /** … and what it does with it. */
  readonly does: ComponentChildren;
  /** The rule, as an equation. */
  readonly rule: ComponentChildren;
  readonly class: string;
  /** Whether it is the station that was chosen. */
  readonly chosen?: boolean;
  /** The width of a table in it. */
  readonly table?: number;
  readonly children: ComponentChildren;
}

/** A station on the way back. */
export function Column(props: ColumnProps) {
  const { number, name, note, arrives, does, rule, class: kind, chosen, table = 0, children } = props;
  return (
    <section
      class={`column ${kind}`}
      aria-label={`${number} ${name}`}
      aria-current={chosen ? "step" : undefined}
      style={{ "--table": `${table}px` }}
    >
      <div class="column-head">
        <h2>
          <span class="quiet">{number}</span> {name}
        </h2>
        {note && <div class="small">{note}</div>}
      </div>
      <p class="story">
        <b>Arrives:</b> {arrives} {does}
      </p>
      <div class="rule">{rule}</div>
      {children}
    </section>
  );
}

/** What a station hands on. */
export function PassesOn({
  to = "Passes on",
  children,
}: {
  readonly to?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <p class="story passes">
      <b>{to}:</b> {children}
    </p>
  );
}

/** The followed gradient, in a line of text. */
export function G() {
  return <i class="symbol">g</i>;
}
