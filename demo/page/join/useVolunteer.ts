import { useEffect, useState } from "preact/hooks";
import { NetworkClient } from "../worker/client.js";
import { Volunteer, type VolunteerState } from "./volunteer.js";

/** The page's one volunteer. It goes on while the visitor looks at other rooms. */
const volunteer = new Volunteer(() => new NetworkClient());

let endTelling = () => {};

export interface ShownVolunteer extends VolunteerState {
  readonly volunteer: Volunteer;
  /** Whether this tab is with a job now. */
  readonly busy: boolean;
}

/**
 * The volunteer, and its state as it changes.
 *
 * @param tell hears whether this tab is with a job, also after the room is left
 */
export function useVolunteer(tell: (busy: boolean) => void): ShownVolunteer {
  const [state, set] = useState(volunteer.state);
  useEffect(() => {
    endTelling();
    endTelling = volunteer.subscribe(() => tell(isBusy(volunteer.state)));
  }, [tell]);
  useEffect(() => {
    set(volunteer.state);
    return volunteer.subscribe(() => set(volunteer.state));
  }, []);
  return { ...state, volunteer, busy: isBusy(state) };
}

const isBusy = ({ stage }: VolunteerState) => stage === "connecting" || stage === "waiting" || stage === "working";
