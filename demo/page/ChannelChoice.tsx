import { Choice } from "./Controls.js";
import { type Shown, shownChannel } from "./shown.js";

export const CHANNELS = ["red", "green", "blue"] as const;

/** Which channel's numbers are shown, where there are several. */
export function ChannelChoice(shown: Shown) {
  if (shown.question.x.shape[3] !== CHANNELS.length) return null;
  return (
    <Choice
      label="Channel"
      words={CHANNELS}
      value={CHANNELS[shownChannel(shown)] ?? "red"}
      onChange={(name) => shown.change({ channel: CHANNELS.indexOf(name) })}
    />
  );
}
