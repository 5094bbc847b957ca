import { useEffect, useMemo, useState } from "preact/hooks";
import { NetworkClient } from "../worker/client.js";
import { Volunteer, type VolunteerState } from "./volunteer.js";

export interface ShownVolunteer extends VolunteerState {
  readonly volunteer: Volunteer;
  /** Whether this tab is with a job now. */
  readonly busy: boolean;
}

/** The page's one volunteer, and its state as it changes. */
export function useVolunteer(): ShownVolunteer {
  const volunteer = useMemo(() => new Volunteer(() => new NetworkClient()), []);
  const [state, set] = useState(volunteer.state);
  useEffect(() => volunteer.subscribe(() => set(volunteer.state)), [volunteer]);
  return { ...state, volunteer, busy: ["connecting", "waiting", "working"].includes(state.stage) };
}
