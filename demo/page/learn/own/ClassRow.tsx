import { useEffect, useRef, useState } from "preact/hooks";
import { shrink } from "../../own/decode.js";
import { OWN_CLASSES, type OwnClass, type OwnPictures } from "../../own/useOwnPictures.js";
import { Thumbnail } from "./Thumbnail.js";

interface ClassRowProps {
  readonly own: OwnPictures;
  readonly label: number;
  readonly one: OwnClass;
  /** Whether it gets what is pasted. */
  readonly chosen: boolean;
  readonly stream: MediaStream | undefined;
  choose(): void;
  addFiles(files: readonly File[]): void;
  add(picture: Uint8Array<ArrayBuffer>): void;
}

/** So many are drawn; the others count all the same. */
const DRAWN = 24;
const LONGEST_NAME = 16;

/** One class: its name, its pictures, and the ways to more of them. */
export function ClassRow({ own, label, one, chosen, stream, choose, addFiles, add }: ClassRowProps) {
  const [over, hover] = useState(false);
  const { name, pictures } = one;
  const alter = (altered: (before: OwnClass) => OwnClass) =>
    own.change((all) => all.map((before, i) => (i === label ? altered(before) : before)));
  const first = Math.max(0, pictures.length - DRAWN);
  return (
    <li
      class={`own-class${over ? " over-it" : ""}`}
      aria-current={chosen}
      onFocusCapture={choose}
      onPointerDown={choose}
      onDragOver={(event) => {
        event.preventDefault();
        hover(true);
      }}
      onDragLeave={() => hover(false)}
      onDrop={(event) => {
        event.preventDefault();
        hover(false);
        choose();
        addFiles([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <div class="own-name">
        <input
          type="text"
          aria-label={`Name of class ${label + 1}`}
          maxLength={LONGEST_NAME}
          value={name}
          onInput={({ currentTarget }) => alter((before) => ({ ...before, name: currentTarget.value }))}
        />
        <span class="small">{pictures.length === 1 ? "1 picture" : `${pictures.length} pictures`}</span>
        {own.classes.length > OWN_CLASSES.fewest && (
          <button
            type="button"
            class="plain"
            aria-label={`Remove the class ${name}`}
            onClick={() => own.change((all) => all.filter((_, i) => i !== label))}
          >
            Remove
          </button>
        )}
      </div>
      <div class="own-ways">
        <label class="files">
          Choose files
          <input
            type="file"
            class="unseen"
            accept="image/*"
            multiple
            aria-label={`Choose pictures of ${name}`}
            onChange={({ currentTarget }) => {
              addFiles([...(currentTarget.files ?? [])]);
              currentTarget.value = "";
            }}
          />
        </label>
        {stream ? (
          <HoldButton name={name} stream={stream} add={add} />
        ) : (
          <span class="small">or drop them here{chosen && "; what you paste comes here too"}</span>
        )}
      </div>
      <ul class="own-pictures">
        {pictures.slice(first).map((bytes, i) => (
          <li key={first + i}>
            <button
              type="button"
              aria-label={`Remove picture ${first + i + 1} of ${name}`}
              title="Click to remove it"
              onClick={() =>
                alter((before) => ({ ...before, pictures: before.pictures.filter((_, n) => n !== first + i) }))
              }
            >
              <Thumbnail bytes={bytes} />
            </button>
          </li>
        ))}
      </ul>
    </li>
  );
}

/** Milliseconds from one picture to the next while the button is held. */
const TAKE_EVERY = 150;

/** Takes pictures for as long as it is held. By the keyboard, each press takes one. */
function HoldButton({ name, stream, add }: Pick<ClassRowProps, "stream" | "add"> & { readonly name: string }) {
  const timer = useRef(0);
  const video = useRef<HTMLVideoElement | undefined>(undefined);
  useEffect(() => {
    const element = document.createElement("video");
    element.muted = true;
    element.playsInline = true;
    element.srcObject = stream ?? null;
    element.play().catch(() => undefined);
    video.current = element;
    return () => {
      clearInterval(timer.current);
      element.srcObject = null;
    };
  }, [stream]);
  const take = () => {
    const element = video.current;
    if (!element || element.readyState < element.HAVE_CURRENT_DATA) return;
    shrink(element).then(add, () => undefined);
  };
  const stop = () => clearInterval(timer.current);
  return (
    <button
      type="button"
      class="hold"
      aria-label={`Take pictures of ${name}`}
      onPointerDown={(event) => {
        if (event.currentTarget instanceof HTMLElement) event.currentTarget.setPointerCapture(event.pointerId);
        take();
        clearInterval(timer.current);
        timer.current = window.setInterval(take, TAKE_EVERY);
      }}
      onPointerUp={stop}
      onPointerCancel={stop}
      onContextMenu={(event) => event.preventDefault()}
      // A click that no pointer made.
      onClick={(event) => event.detail === 0 && take()}
    >
      Hold to take
    </button>
  );
}
