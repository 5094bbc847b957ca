import "./own.css";
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RoomProps } from "../../App.js";
import { readPictures } from "../../own/decode.js";
import { useCamera } from "../../own/useCamera.js";
import { newClass, OWN_CLASSES } from "../../own/useOwnPictures.js";
import { CameraView } from "./CameraView.js";
import { ClassRow } from "./ClassRow.js";

/** The visitor's own classes: their names, and pictures from files, the clipboard or the camera. */
export function OwnPanel(props: RoomProps) {
  const { own } = props;
  const { classes, change } = own;
  const [chosen, choose] = useState(0);
  const [refusal, refuse] = useState<string>();
  const camera = useCamera();
  const receiver = Math.min(chosen, classes.length - 1);
  // A paste may come before the page is drawn anew.
  const latest = useRef(receiver);
  latest.current = receiver;

  const add = useCallback(
    (label: number, added: readonly Uint8Array<ArrayBuffer>[]) =>
      change((all) => all.map((one, i) => (i === label ? { ...one, pictures: [...one.pictures, ...added] } : one))),
    [change],
  );
  const addFiles = useCallback(
    async (label: number, files: readonly File[]) => {
      const { pictures, refusal } = await readPictures(files);
      refuse(refusal);
      if (pictures.length > 0) add(label, pictures);
    },
    [add],
  );

  // A picture that is pasted, or dropped beside the classes, goes to the one that was used last.
  useLayoutEffect(() => {
    const paste = ({ clipboardData }: ClipboardEvent) => {
      const files = [...(clipboardData?.files ?? [])];
      if (files.length > 0) addFiles(latest.current, files);
    };
    const drop = (event: DragEvent) => {
      if (event.target instanceof Element && event.target.closest(".own-class")) return;
      addFiles(latest.current, [...(event.dataTransfer?.files ?? [])]);
    };
    addEventListener("paste", paste);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("paste", paste);
      removeEventListener("drop", drop);
    };
  }, [addFiles]);

  const said = refusal ?? camera.refusal;
  return (
    <section class="own" aria-label="Your pictures">
      <div class="own-head">
        <h2>
          Your pictures{" "}
          <span class="small">
            They stay in this tab, and are gone when you close it.
            {classes.some(({ pictures }) => pictures.length > 0) && " Click one to take it away."}
          </span>
        </h2>
        <div class="own-tools">
          {camera.stream ? (
            <button type="button" onClick={camera.close}>
              Stop the camera
            </button>
          ) : (
            <button type="button" onClick={camera.open}>
              Use the camera
            </button>
          )}
          <button
            type="button"
            disabled={classes.length >= OWN_CLASSES.most}
            onClick={() => change((all) => [...all, newClass(all.length)])}
          >
            Add a class
          </button>
        </div>
      </div>
      <FirstSteps {...props} />
      <p class="own-refusal" role="status">
        {said ?? ""}
      </p>
      <div class="own-body">
        {camera.stream && <CameraView {...props} stream={camera.stream} />}
        <ul class="own-classes">
          {classes.map((one, label) => (
            <ClassRow
              key={label}
              own={own}
              label={label}
              one={one}
              chosen={label === receiver}
              stream={camera.stream}
              choose={() => {
                latest.current = label;
                choose(label);
              }}
              addFiles={(files) => addFiles(label, files)}
              add={(picture) => add(label, [picture])}
            />
          ))}
        </ul>
      </div>
    </section>
  );
}

/** What to do first, second and third, until the network has learned something. */
function FirstSteps({ own, network: { snapshot } }: RoomProps) {
  if (own.enough && snapshot && snapshot.step > 0) return null;
  const [first, second] = own.classes;
  const done = [first, second].map((one) => own.enough || (one?.pictures.length ?? 0) > 0);
  const next = done.indexOf(false) < 0 ? done.length : done.indexOf(false);
  const steps = [
    `Give ${first?.name || "the first class"} some ten pictures, from files or by the camera.`,
    `Give ${second?.name || "the second class"} some ten of another kind. One in five is kept for the test.`,
    "Press Train.",
  ];
  return (
    <ol class="own-steps">
      {steps.map((step, n) => (
        <li key={n} aria-current={n === next ? "step" : undefined}>
          {step}
          {done[n] && (
            <>
              {" "}
              <span role="img" aria-label="Done">
                ✓
              </span>
            </>
          )}
        </li>
      ))}
    </ol>
  );
}
