import { useEffect, useMemo, useState } from "preact/hooks";
import { type Architecture, DoesNotFit, stationsOf } from "../network/architecture.js";
import type { Example } from "../network/pass.js";
import type { OwnSamples } from "../own/useOwnPictures.js";
import type { Settings } from "../settings/settings.js";
import type { NetworkClient, NetworkState } from "./client.js";
import type { Plan } from "./messages.js";

export interface ShownNetwork extends NetworkState {
  readonly client: NetworkClient;
  /** Why the settings make no network. The last one that was one stays. */
  readonly misfit: string | undefined;
}

/** Keeps the worker's network as the settings ask for, and follows what it does. */
export function useNetwork(
  client: NetworkClient,
  settings: Settings,
  architecture: Architecture,
  example: Example,
  own: OwnSamples | undefined,
): ShownNetwork {
  const [state, set] = useState(client.state);
  useEffect(() => client.subscribe(() => set(client.state)), [client]);

  const samples = settings.data === "own" ? own : undefined;
  const { compute, pace, data, optimizer, rate, batch, seed } = settings;
  const misfit = useMemo(() => reasonAgainst(architecture), [architecture]);
  // The steps of the link that was opened. A network that is changed begins at its own start.
  const steps = useMemo(() => ({ left: settings.steps }), []);
  useEffect(() => client.setPace(pace), [client, pace]);
  useEffect(() => client.look(example), [client, example]);
  useEffect(() => {
    if (misfit) return;
    if (samples) client.setSamples(samples.classes, samples.pictures);
    else if (data === "own") client.run(false);
    const plan: Plan = { architecture, method: { optimizer, rate, batch, seed }, data, steps: steps.left };
    steps.left = 0;
    client.open(compute);
    client.begin(plan);
  }, [client, compute, architecture, optimizer, rate, batch, seed, data, samples, misfit, steps]);
  return { ...state, client, misfit };
}

function reasonAgainst(architecture: Architecture): string | undefined {
  try {
    stationsOf(architecture);
    return undefined;
  } catch (error) {
    if (error instanceof DoesNotFit) return error.message;
    throw error;
  }
}
