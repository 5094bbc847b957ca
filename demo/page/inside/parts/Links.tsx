import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/**
 * A beam ties a frame in a map to its numbers; an arrow leads from a result to the cell that it is written to. "over" is an arrow from
 * map to map, above both of them; it is left out where they do not stand side by side. "side" leads up, to the right of both.
 */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly as: "beam" | "arrow" | "over" | "side";
}

interface Drawn {
  readonly beams: string;
  readonly lines: string;
}

interface LinksProps {
  readonly links: readonly Link[];
  readonly class: string;
  readonly children: ComponentChildren;
}

/** Draws lines between parts of the page, wherever its width has put them. */
export function Links({ links, class: name, children }: LinksProps) {
  const box = useRef<HTMLDivElement>(null);
  const [drawn, draw] = useState<Drawn>({ beams: "", lines: "" });
  const measure = () => {
    if (!box.current) return;
    const { beams, lines } = drawAll(box.current, links);
    draw((before) => (before.beams === beams && before.lines === lines ? before : { beams, lines }));
  };
  useLayoutEffect(measure);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(measure);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div class={`links ${name}`} ref={box}>
      {children}
      <svg class="overlay" aria-hidden="true">
        <path class="beam" d={drawn.beams} />
        <path class="line" d={drawn.lines} />
      </svg>
    </div>
  );
}

function drawAll(box: HTMLElement, links: readonly Link[]): Drawn {
  const origin = box.getBoundingClientRect();
  const find = (name: string) => {
    const found = box.querySelector(`[data-anchor="${name}"]`)?.getBoundingClientRect();
    return found && new DOMRect(found.x - origin.x, found.y - origin.y, found.width, found.height);
  };
  const top = (name: string) => {
    const map = box.querySelector(`[data-anchor="${name}"]`)?.closest(".place");
    return (map?.getBoundingClientRect().top ?? 0) - origin.top;
  };
  let [beams, lines] = ["", ""];
  for (const { from, to, as } of links) {
    const [start, end] = [find(from), find(to)];
    if (!start || !end) continue;
    if (as === "over") {
      lines += over(start, end, Math.min(top(from), top(to)) - 12, Math.abs(top(from) - top(to)) < 24);
      continue;
    }
    if (as === "side") {
      const column = box.querySelector(`[data-anchor="${from}"]`)?.closest("section")?.getBoundingClientRect();
      lines += side(start, end, (column?.right ?? start.right) - origin.left + 8);
      continue;
    }
    if (as === "arrow") {
      lines += arrow(start, end);
      continue;
    }
    const [a, b, c, d] = beamCorners(start, end);
    beams += `M${a}L${b}L${c}L${d}z`;
    lines += `M${a}L${b}M${d}L${c}`;
  }
  return { beams, lines };
}

type Corners = readonly [string, string, string, string];

/** The sides that face one another. */
function beamCorners(from: DOMRect, to: DOMRect): Corners {
  if (to.left >= from.right) {
    return corners([from.right, from.top], [to.left, to.top], [to.left, to.bottom], [from.right, from.bottom]);
  }
  if (to.right <= from.left) {
    return corners([from.left, from.top], [to.right, to.top], [to.right, to.bottom], [from.left, from.bottom]);
  }
  const [near, far] = to.top >= from.bottom ? [from.bottom, to.top] : [from.top, to.bottom];
  return corners([from.left, near], [to.left, far], [to.right, far], [from.right, near]);
}

type Point = readonly [x: number, y: number];

const corners = (a: Point, b: Point, c: Point, d: Point): Corners => [point(a), point(b), point(c), point(d)];

const point = ([x, y]: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`;

const HEAD = 5;

function arrow(from: DOMRect, to: DOMRect): string {
  const middle = to.top + to.height / 2;
  if (to.left - from.right > 2 * HEAD) {
    const start: Point = [from.right + 4, from.top + from.height / 2];
    const end: Point = [to.left - 3, middle];
    const bend = (end[0] - start[0]) / 2;
    const curve = `C${point([start[0] + bend, start[1]])} ${point([end[0] - bend, end[1]])} ${point(end)}`;
    return `M${point(start)}${curve}${head(end, [-HEAD, -HEAD], [-HEAD, HEAD])}`;
  }
  if (from.left - to.right > 2 * HEAD) {
    const start: Point = [from.left - 4, from.top + from.height / 2];
    const end: Point = [to.right + 3, middle];
    const bend = (start[0] - end[0]) / 2;
    const curve = `C${point([start[0] - bend, start[1]])} ${point([end[0] + bend, end[1]])} ${point(end)}`;
    return `M${point(start)}${curve}${head(end, [HEAD, -HEAD], [HEAD, HEAD])}`;
  }
  const down = to.top > from.top;
  const start: Point = [from.left + from.width / 2, down ? from.bottom + 2 : from.top - 2];
  const end: Point = [to.left + to.width / 2, down ? to.top - 3 : to.bottom + 3];
  const bend = (end[1] - start[1]) / 2;
  const back = down ? -HEAD : HEAD;
  const curve = `C${point([start[0], start[1] + bend])} ${point([end[0], end[1] - bend])} ${point(end)}`;
  return `M${point(start)}${curve}${head(end, [-HEAD, back], [HEAD, back])}`;
}

function side(from: DOMRect, to: DOMRect, right: number): string {
  const end: Point = [to.right + 3, to.top + to.height / 2];
  const start: Point = [from.right + 2, from.top + from.height / 2];
  const way = `M${point(start)}L${point([right, start[1]])}L${point([right, end[1]])}L${point(end)}`;
  return way + head(end, [HEAD, -HEAD], [HEAD, HEAD]);
}

/** Up, to the left, and down. */
function over(from: DOMRect, to: DOMRect, height: number, beside: boolean): string {
  if (!beside || from.left < to.right) return "";
  const start: Point = [from.left + from.width / 2, from.top - 3];
  const end: Point = [to.left + to.width / 2, to.top - 3];
  const way = `M${point(start)}L${point([start[0], height])}L${point([end[0], height])}L${point(end)}`;
  return way + head(end, [-HEAD, -HEAD], [HEAD, -HEAD]);
}

const head = ([x, y]: Point, a: Point, b: Point) =>
  `M${point([x + a[0], y + a[1]])}L${point([x, y])}L${point([x + b[0], y + b[1]])}`;
