import type { RoomProps } from "../App.js";

/** Train, pause, one step, start over. */
export function TrainButtons({ network, change }: RoomProps) {
  const { client, activity, snapshot } = network;
  const running = activity === "running" || activity === "loading";
  const startOver = () => {
    change({ steps: 0 });
    if (network.plan) client.begin({ ...network.plan, steps: 0 });
  };
  return (
    <div class="go">
      <button type="button" disabled={running || !snapshot} onClick={() => client.step()}>
        Step
      </button>
      <button type="button" disabled={!snapshot} onClick={startOver}>
        Start over
      </button>
      <button type="button" class="main" disabled={!snapshot} onClick={() => client.run(!running)}>
        {running ? "Pause" : snapshot && snapshot.step > 0 ? "Go on" : "Train"}
      </button>
    </div>
  );
}
