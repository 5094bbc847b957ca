import { useEffect, useMemo, useState } from "preact/hooks";
import type { Paper } from "../colours.js";
import { type Examples, useExample } from "./data/useExample.js";
import { Header } from "./Header.js";
import { Learn } from "./learn/Learn.js";
import { useKeepDrops } from "./look/useKeepDrops.js";
import { usePaper } from "./look/usePaper.js";
import type { Architecture } from "./network/architecture.js";
import { OWN_CHANNELS, type OwnPictures, useOwnPictures } from "./own/useOwnPictures.js";
import { Room } from "./Room.js";
import { RANGES, type Settings } from "./settings/settings.js";
import { type Change, useSettings } from "./settings/useSettings.js";
import { NetworkClient } from "./worker/client.js";
import { type ShownNetwork, useNetwork } from "./worker/useNetwork.js";

/** What every room gets. */
export interface RoomProps extends Examples {
  readonly settings: Settings;
  readonly change: Change;
  readonly network: ShownNetwork;
  readonly architecture: Architecture;
  readonly own: OwnPictures;
  readonly paper: Paper;
  /** Whether this tab works for a training on many machines now. */
  readonly volunteers: boolean;
  setVolunteers(volunteers: boolean): void;
}

export function App() {
  const [settings, change] = useSettings();
  const paper = usePaper(settings.theme);
  useKeepDrops();
  const client = useMemo(() => new NetworkClient(), []);
  const own = useOwnPictures();
  const looked = useExample(settings, own, client);
  const architecture = useArchitecture(settings, looked.classes.length);
  const network = useNetwork(client, settings, architecture, looked.example, own);
  useSteps(network, settings.steps, change);
  const [volunteers, setVolunteers] = useState(false);
  const props: RoomProps = {
    settings,
    change,
    network,
    architecture,
    own,
    paper,
    volunteers,
    setVolunteers,
    ...looked,
  };
  return (
    <>
      <Header {...props} />
      {/* The attributes tell tests what the worker does. */}
      <main data-device={network.device?.kind} data-activity={network.activity}>
        {settings.room === "learn" ? <Learn {...props} /> : <Room key={settings.room} {...props} />}
      </main>
    </>
  );
}

function useArchitecture({ data, blocks, activation, dropout }: Settings, classes: number): Architecture {
  return useMemo(
    () => ({ input: [28, 28, data === "own" ? OWN_CHANNELS : 1], classes, blocks, activation, dropout }),
    [data, classes, blocks, activation, dropout],
  );
}

/** While the training rests, the address tells how far it is: a page that is loaded again is as it was. */
function useSteps({ activity, snapshot }: ShownNetwork, told: number, change: Change): void {
  const steps = Math.min(snapshot?.step ?? told, RANGES.steps[1]);
  const rests = activity === "paused";
  useEffect(() => {
    if (rests && steps !== told) change({ steps });
  }, [rests, steps, told, change]);
}
