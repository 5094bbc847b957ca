import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { RoomProps } from "./App.js";
import type { Settings } from "./settings/settings.js";

type Loaded = { readonly [Name in Settings["room"]]?: () => Promise<ComponentType<RoomProps>> };

const ROOMS: Loaded = {
  inside: () => import("./inside/Inside.js").then(({ Inside }) => Inside),
  upscale: () => import("./upscale/Upscale.js").then(({ Upscale }) => Upscale),
  measure: () => import("./measure/Measure.js").then(({ Measure }) => Measure),
  join: () => import("./join/Join.js").then(({ Join }) => Join),
};

/** A room whose scripts are loaded when it is entered. */
export function Room(props: RoomProps) {
  const { room } = props.settings;
  const [Shown, show] = useState<{ readonly component: ComponentType<RoomProps> }>();
  const [failure, fail] = useState<string>();
  useEffect(() => {
    ROOMS[room]?.().then(
      (component) => show({ component }),
      (error: unknown) => fail(error instanceof Error ? error.message : String(error)),
    );
  }, [room]);
  if (failure) return <p role="alert">This room did not load: {failure}</p>;
  return Shown ? <Shown.component {...props} /> : <p class="waits">One moment …</p>;
}
