import { useCallback, useEffect, useState } from "preact/hooks";
import { NetworkClient } from "../worker/client.js";
import type { ShownNetwork } from "../worker/useNetwork.js";
import type { Measured, MeasuredCall, MeasuredDevice } from "./measurements.js";

export interface Measuring {
  readonly running: boolean;
  readonly quick: boolean;
  /** From 0 to 1. */
  readonly progress: number;
  /** What is measured now. */
  readonly now: string;
  readonly devices: readonly MeasuredDevice[];
  readonly calls: readonly MeasuredCall[];
  /** When all is done. */
  readonly measured: Measured | undefined;
  readonly error: string | undefined;
  /** Whether the network in Learn has been paused for it. */
  readonly paused: boolean;
}

const NOTHING: Measuring = {
  running: false,
  quick: true,
  progress: 0,
  now: "",
  devices: [],
  calls: [],
  measured: undefined,
  error: undefined,
  paused: false,
};

function withDevice(devices: readonly MeasuredDevice[], device: MeasuredDevice): MeasuredDevice[] {
  return [...devices.filter(({ kind }) => kind !== device.kind), device].sort((a, b) => (a.kind > b.kind ? -1 : 1));
}

/** What was measured last. It stays while the visitor looks at another room. */
let last = NOTHING;

/** Measures in a worker of its own, which ends with it. The network in Learn pauses, for both would be slower. */
export function useMeasuring({ client, activity }: ShownNetwork) {
  const [state, set] = useState(last);
  const [work, begin] = useState<{ readonly quick: boolean }>();
  useEffect(() => {
    last = state.running ? NOTHING : state;
  }, [state]);
  useEffect(() => {
    if (!work) return;
    const own = new NetworkClient();
    const change = (changes: Partial<Measuring>) => set((current) => ({ ...current, ...changes }));
    const end = (changes: Partial<Measuring>) => {
      change({ running: false, ...changes });
      begin(undefined);
    };
    own
      .ask("measure", work, (progress, part) => {
        change({ progress });
        if (part.type === "now") change({ now: part.title });
        else if (part.type === "device")
          set((current) => ({ ...current, devices: withDevice(current.devices, part.device) }));
        else set((current) => ({ ...current, calls: [...current.calls, part.call] }));
      })
      .then(
        (measured) => end({ measured, calls: measured.calls, devices: measured.devices, progress: 1 }),
        (error: unknown) => end({ error: error instanceof Error ? error.message : String(error) }),
      );
    return () => own.close();
  }, [work]);
  const start = useCallback(
    (quick: boolean) => {
      const learns = activity === "running" || activity === "loading";
      if (learns) client.run(false);
      set({ ...NOTHING, running: true, quick, paused: learns });
      begin({ quick });
    },
    [client, activity],
  );
  const stop = useCallback(() => {
    begin(undefined);
    set((current) => ({ ...current, running: false, now: "" }));
  }, []);
  const { running, paused } = state;
  // It goes on when the measuring ends: by itself, by the visitor, or because the room is left.
  useEffect(() => {
    if (!running || !paused) return;
    return () => client.run(true);
  }, [running, paused, client]);
  return { state, start, stop };
}
