import { useState } from "preact/hooks";
import type { RoomProps } from "../../App.js";
import { readPictures, tensorOf } from "../../own/decode.js";
import type { OwnPictures } from "../../own/useOwnPictures.js";

/** A new picture for the network to recognize. It belongs to no class, so the network stays as it is. */
export function TryPicture({ own, network }: RoomProps) {
  const [refusal, refuse] = useState<string>();
  if (!own.enough || !network.snapshot) return null;
  return (
    <div class="draw-buttons">
      <label class="files">
        Try a new picture
        <input
          type="file"
          class="unseen"
          accept="image/*"
          onChange={async ({ currentTarget }) => {
            const files = [...(currentTarget.files ?? [])];
            currentTarget.value = "";
            refuse(await tryFirst(own, files));
          }}
        />
      </label>
      {own.tried && (
        <button type="button" onClick={() => own.setTried(undefined)}>
          Take it away
        </button>
      )}
      <span class="small" role="status">
        {refusal ?? ""}
      </span>
    </div>
  );
}

/** What is dropped on the large picture is tried, too. */
export const tryDrops = (own: OwnPictures) => ({
  onDragOver: (event: DragEvent) => event.preventDefault(),
  onDrop: (event: DragEvent) => {
    event.preventDefault();
    event.stopPropagation();
    tryFirst(own, [...(event.dataTransfer?.files ?? [])]);
  },
});

/** @returns why it is none, if it is no picture */
async function tryFirst(own: OwnPictures, files: readonly File[]): Promise<string | undefined> {
  const { pictures, refusal } = await readPictures(files.slice(0, 1));
  if (pictures[0]) own.setTried(tensorOf(pictures[0]));
  return refusal;
}
