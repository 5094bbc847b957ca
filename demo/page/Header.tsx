import { useState } from "preact/hooks";
import type { RoomProps } from "./App.js";
import { SaveMenu } from "./learn/save/SaveMenu.js";
import { formatSettings } from "./settings/notation.js";
import { ROOMS, type Settings } from "./settings/settings.js";

const NAMES: Readonly<Record<Settings["room"], string>> = {
  learn: "Learn",
  inside: "Inside",
  upscale: "Upscale",
  measure: "Measure",
  join: "Join",
};

/** The way from room to room, and what holds in all of them. */
export function Header(props: RoomProps) {
  const { settings, change, network, paper, volunteers } = props;
  const dark = paper === "dark";
  return (
    <header>
      <b class="brand">webgpu-cnn</b>
      <nav aria-label="Rooms">
        {ROOMS.map((room) => (
          <a
            key={room}
            href={`#${formatSettings({ ...settings, room })}`}
            aria-current={room === settings.room ? "page" : undefined}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey) return;
              event.preventDefault();
              change({ room });
            }}
          >
            {NAMES[room]}
            {room === "join" && volunteers && <AtWork />}
          </a>
        ))}
      </nav>
      <div class="tools">
        {settings.room === "learn" && <SaveMenu {...props} />}
        <CopyLink settings={settings} steps={network.snapshot?.step ?? 0} />
        <button type="button" class="plain" onClick={() => change({ theme: dark ? "light" : "dark" })}>
          {dark ? "Light" : "Dark"}
        </button>
      </div>
    </header>
  );
}

/** A mark that shows in every room. */
const AtWork = () => (
  <>
    <span class="at-work" aria-hidden="true" />
    <span class="unseen"> (this tab is at work)</span>
  </>
);

const COPIED_FOR = 2000;

/** Copies the address with the steps that the network has learned by now: who opens it sees the same network. */
function CopyLink({ settings, steps }: { readonly settings: Settings; readonly steps: number }) {
  const [said, say] = useState("");
  const copy = async () => {
    const link = new URL(location.href);
    link.hash = formatSettings({ ...settings, steps });
    try {
      await navigator.clipboard.writeText(link.href);
      say("Copied");
    } catch {
      say("See the address");
      location.replace(link);
    }
    setTimeout(() => say(""), COPIED_FOR);
  };
  return (
    <button type="button" class="plain" onClick={copy}>
      <span aria-live="polite">{said || "Copy link"}</span>
    </button>
  );
}
