import type { ComponentChildren } from "preact";
import type { RoomProps } from "../App.js";
import type { Moment } from "./useMoment.js";

/** What every view of the room gets. */
export interface ViewProps
  extends Pick<RoomProps, "change" | "network" | "paper" | "classes" | "examples" | "settings"> {
  readonly moment: Moment;
  /** Of the room, in pixels. */
  readonly width: number;
  /** Words below the steps. */
  readonly notes: ComponentChildren;
  /** Whether the guided tour has come so far; true outside of it. What it has not reached is dim. */
  reached(step: number): boolean;
}
