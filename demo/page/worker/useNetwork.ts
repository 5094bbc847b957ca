import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Architecture, DoesNotFit, stationsOf } from "../network/architecture.js";
import type { Example } from "../network/pass.js";
import type { OwnPictures } from "../own/useOwnPictures.js";
import { INITIAL, type Settings } from "../settings/settings.js";
import type { NetworkClient, NetworkState } from "./client.js";
import type { Plan } from "./messages.js";

export interface ShownNetwork extends NetworkState {
  readonly client: NetworkClient;
  /** Why the settings make no network. The last one that was one stays. */
  readonly misfit: string | undefined;
  /** Trains it from now on, or pauses it. */
  run(running: boolean): void;
  /** Trains it one step. */
  step(): void;
}

/** Keeps the worker's network as the settings ask for, and follows what it does. */
export function useNetwork(
  client: NetworkClient,
  settings: Settings,
  architecture: Architecture,
  example: Example,
  own: OwnPictures,
): ShownNetwork {
  const [state, set] = useState(client.state);
  useEffect(() => client.subscribe(() => set(client.state)), [client]);

  const samples = settings.data === "own" ? own.samples : undefined;
  const { compute, pace, data, optimizer, rate, batch, seed } = settings;
  const misfit = useMemo(() => reasonAgainst(architecture), [architecture]);
  // The steps of the link that was opened. A network that is changed begins at its own start.
  const steps = useMemo(() => ({ left: settings.steps }), []);
  useEffect(() => client.setPace(pace), [client, pace]);
  useEffect(() => client.look(example), [client, example]);
  // Effects run after the browser has painted.
  useEffect(() => client.hasDrawn(), [client, state.snapshot]);
  const made = useRef(false);
  // In the same task as the click that changed a setting: the next click concerns the new network.
  useLayoutEffect(() => {
    if (misfit && made.current) return;
    made.current = true;
    if (samples) client.setSamples(samples.classes, samples.pictures);
    else if (data === "own") client.run(false);
    // An address that asks for a network that cannot be gets the first one.
    const fitting = misfit ? { ...architecture, blocks: INITIAL.blocks } : architecture;
    // An address does not hold the visitor's own pictures, so their steps cannot be repeated.
    const repeats = !misfit && data !== "own";
    const plan: Plan = {
      architecture: fitting,
      method: { optimizer, rate, batch, seed },
      data,
      steps: repeats ? steps.left : 0,
    };
    steps.left = 0;
    client.open(compute);
    client.begin(plan);
  }, [client, compute, architecture, optimizer, rate, batch, seed, data, samples, misfit, steps]);

  const waits = data === "own" && own.waits;
  const wanted = useRef<(() => void) | undefined>(undefined);
  useLayoutEffect(() => {
    if (waits) return;
    if (data !== "own" || samples) wanted.current?.();
    wanted.current = undefined;
  }, [waits]);
  /** Pictures that were just added or taken away begin another network. What is wanted concerns that one. */
  const withPictures = (act: () => void) => {
    if (!waits) return act();
    wanted.current = act;
    own.settle();
  };
  return {
    ...state,
    client,
    misfit,
    run: (running) => withPictures(() => client.run(running)),
    step: () => withPictures(() => client.step()),
  };
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
