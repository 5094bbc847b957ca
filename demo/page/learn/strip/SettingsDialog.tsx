import { useRef } from "preact/hooks";
import type { RoomProps } from "../../App.js";
import { useStartOver } from "../useStartOver.js";
import { RecipeSentence, Strip } from "./Strip.js";

/** On a phone: the strip behind a button. */
export function SettingsDialog(props: RoomProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const startOver = useStartOver(props);
  const close = () => dialog.current?.close();
  return (
    <>
      <button type="button" aria-haspopup="dialog" onClick={() => dialog.current?.showModal()}>
        Settings
      </button>
      {/* A click beside the content is on the dialog itself. Escape closes it too. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the dialog's own */}
      <dialog
        ref={dialog}
        class="sheet"
        aria-label="Settings"
        onClick={({ target, currentTarget }) => target === currentTarget && close()}
      >
        <div class="sheet-content">
          <Strip {...props} />
          <RecipeSentence {...props} />
          <div class="sheet-buttons">
            <button
              type="button"
              disabled={!props.network.snapshot}
              onClick={() => {
                startOver();
                close();
              }}
            >
              Start over
            </button>
            <button type="button" onClick={close}>
              Done
            </button>
          </div>
        </div>
      </dialog>
    </>
  );
}
