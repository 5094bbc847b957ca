import "./save.css";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RoomProps } from "../../App.js";
import { CodeDialog } from "./CodeDialog.js";
import { confusionCsv, curveCsv } from "./csv.js";
import { download, pngOf, textFile } from "./files.js";
import { svgOf } from "./svg.js";

interface Entry {
  readonly name: string;
  readonly can: boolean;
  save(): void | Promise<void>;
}

/** What the room shows, as files. */
export function SaveMenu(props: RoomProps) {
  const { network, classes } = props;
  const { curve, tests, lastTest, plan, snapshot } = network;
  const [open, set] = useState(false);
  const [failure, fail] = useState("");
  const [coded, code] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const items = () => [...(root.current?.querySelectorAll<HTMLElement>("[role=menuitem]:not(:disabled)") ?? [])];

  useLayoutEffect(() => {
    if (open) items()[0]?.focus();
  }, [open]);

  const entries: readonly Entry[] = [
    {
      name: "Picture (PNG)",
      can: snapshot !== undefined,
      save: async () => download("network.png", await pngOf(picture())),
    },
    {
      name: "Picture (SVG)",
      can: snapshot !== undefined,
      save: () => download("network.svg", textFile(svgOf(picture()).svg, "image/svg+xml")),
    },
    {
      name: "Curves (CSV)",
      can: curve.length > 0,
      save: () => download("curves.csv", textFile(curveCsv(curve, tests), "text/csv")),
    },
    {
      name: "Mistakes (CSV)",
      can: lastTest !== undefined,
      save: () => lastTest && download("mistakes.csv", textFile(confusionCsv(lastTest, classes), "text/csv")),
    },
    { name: "This network as code", can: plan !== undefined, save: () => code(true) },
  ];
  const close = () => {
    set(false);
    opener.current?.focus();
  };
  const choose = async ({ save }: Entry) => {
    close();
    fail("");
    try {
      await save();
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
    }
  };
  const move = (event: KeyboardEvent) => {
    const all = items();
    const at = all.findIndex((item) => item.matches(":focus"));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape") close();
    else if (to !== undefined) all[to % all.length]?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={root}
      class="save"
      onFocusOut={({ relatedTarget }) => {
        if (!(relatedTarget instanceof Node && root.current?.contains(relatedTarget))) set(false);
      }}
    >
      <button
        ref={opener}
        type="button"
        class="plain"
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => set(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          set(true);
        }}
      >
        Save ▾
      </button>
      {open && (
        <div role="menu" tabIndex={-1} aria-label="Save" class="save-menu" onKeyDown={move}>
          {entries.map((entry) => (
            <button
              key={entry.name}
              type="button"
              role="menuitem"
              tabIndex={-1}
              disabled={!entry.can}
              onClick={() => choose(entry)}
            >
              {entry.name}
            </button>
          ))}
        </div>
      )}
      {failure && (
        <span role="alert" class="save-failure">
          Not saved: {failure}
        </span>
      )}
      {coded && plan && (
        <CodeDialog plan={plan} steps={snapshot?.step ?? 0} classes={classes} close={() => code(false)} />
      )}
    </div>
  );
}

function picture(): Element {
  const found = document.querySelector(".network");
  if (!found) throw new Error("there is no picture yet");
  return found;
}
