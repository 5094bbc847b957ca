import { useEffect, useState } from "preact/hooks";
import type { RoomProps } from "../App.js";
import { type Architecture, type Station, stationsOf } from "../network/architecture.js";
import type { Example, Pass } from "../network/pass.js";
import type { Plan, Snapshot, WeightValues } from "../worker/messages.js";
import type { ShownNetwork } from "../worker/useNetwork.js";

/** The network at one moment, and what the example made of it. While training goes on, the numbers on the page stay of that moment. */
export interface Moment {
  readonly step: number;
  readonly architecture: Architecture;
  readonly stations: readonly Station[];
  readonly weights: readonly WeightValues[];
  readonly pass: Pass;
  readonly rate: number;
}

interface Taken {
  readonly plan: Plan;
  readonly snapshot: Snapshot;
  readonly moment: Moment;
  /** Whether it is the network before its first step that was asked for. */
  readonly atStart: boolean;
}

export interface TakenMoment {
  readonly moment: Moment | undefined;
  /** The step that the network has come to since; undefined if it is still the same. */
  readonly later: number | undefined;
  /** Takes the network as it is now. */
  renew(): void;
  /** Takes the network as it was before its first step, or as it is now. The one that is shown stays until the other is there. */
  show(when: "start" | "now"): void;
  /** Says what the picture is. The loss and its gradients are of that class. */
  say(label: number): void;
}

/** Takes the network as it is when the room is entered; again when it is another network, or another picture. */
export function useMoment({ network, example }: RoomProps): TakenMoment {
  const [taken, take] = useState<Taken>();
  const [said, saySo] = useState<{ readonly example: Example; readonly label: number }>();
  const [begun, begin] = useState<Plan>();
  const { plan, snapshot, client } = network;
  const atStart = begun !== undefined && begun === plan;
  const label = example.label ?? (said?.example === example ? said.label : undefined);
  const wanted: Example = label === example.label ? example : { ...example, label };
  const fits =
    taken !== undefined && taken.plan === plan && taken.atStart === atStart && isOf(taken.snapshot.pass, wanted);
  useEffect(() => {
    if (fits || !plan || !snapshot || !hasCaughtUp(network)) return;
    const found =
      !atStart && isOf(snapshot.pass, wanted)
        ? Promise.resolve(snapshot)
        : client.ask("snapshotOf", { example: wanted, atStart });
    let current = true;
    found.then(
      (now) => current && take(takenOf(plan, now, atStart) ?? taken),
      // The network has changed meanwhile. Its own snapshot follows.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [fits, atStart, plan, snapshot, network.activity, wanted.picture, wanted.label]);
  const current = taken && taken.plan === plan ? taken : undefined;
  return {
    moment: current?.moment,
    later: current && snapshot && snapshot.step !== current.snapshot.step ? snapshot.step : undefined,
    renew() {
      begin(undefined);
      take(undefined);
    },
    show: (when) => begin(when === "start" ? plan : undefined),
    say: (label) => saySo({ example, label }),
  };
}

/** A link that asks for many steps comes to them first. */
function hasCaughtUp({ plan, start, snapshot, activity }: ShownNetwork): boolean {
  // Until a new network has shown its start, the snapshot is of the one before.
  if (!start) return false;
  return activity === "paused" || activity === "running" || (snapshot?.step ?? 0) >= (plan?.steps ?? 0);
}

function isOf(pass: Pass | undefined, { picture, label }: Example): boolean {
  const { values } = pass?.example.picture ?? {};
  return (
    values !== undefined &&
    pass?.example.label === label &&
    values.length === picture.values.length &&
    values.every((value, i) => value === picture.values[i])
  );
}

function takenOf(plan: Plan, snapshot: Snapshot, atStart: boolean): Taken | undefined {
  const { architecture, method } = plan;
  const { pass, step, weights } = snapshot;
  if (!pass) return undefined;
  return {
    plan,
    snapshot,
    atStart,
    moment: { step, architecture, stations: stationsOf(architecture), weights, pass, rate: method.rate },
  };
}
