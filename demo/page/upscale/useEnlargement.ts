import { useEffect, useState } from "preact/hooks";
import type { NetworkClient } from "../worker/client.js";
import { Enlargement, type EnlargementState } from "./enlargement.js";

const ENLARGEMENTS = new WeakMap<NetworkClient, Enlargement>();

function enlargementOf(client: NetworkClient): Enlargement {
  const known = ENLARGEMENTS.get(client);
  if (known) return known;
  const made = new Enlargement(client);
  ENLARGEMENTS.set(client, made);
  void made.openSample();
  return made;
}

/** The page's one enlargement, and its state as it changes. */
export function useEnlargement(client: NetworkClient): readonly [Enlargement, EnlargementState] {
  const enlargement = enlargementOf(client);
  const [state, set] = useState(enlargement.state);
  useEffect(() => {
    set(enlargement.state);
    return enlargement.subscribe(() => set(enlargement.state));
  }, [enlargement]);
  return [enlargement, state];
}

/** Takes pictures that are dropped anywhere on the page, or pasted. */
export function useDroppedPictures(enlargement: Enlargement): boolean {
  const [over, hover] = useState(false);
  useEffect(() => {
    const take = (data: DataTransfer | null) => {
      const [file] = data?.files ?? [];
      if (file) void enlargement.open(file, file.name || "The pasted file");
      return file !== undefined;
    };
    const onDragOver = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      hover(true);
    };
    const onDragLeave = (event: DragEvent) => {
      if (!event.relatedTarget) hover(false);
    };
    const onDrop = (event: DragEvent) => {
      hover(false);
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
      take(event.dataTransfer);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (take(event.clipboardData)) event.preventDefault();
    };
    addEventListener("dragover", onDragOver);
    addEventListener("dragleave", onDragLeave);
    addEventListener("drop", onDrop);
    addEventListener("paste", onPaste);
    return () => {
      removeEventListener("dragover", onDragOver);
      removeEventListener("dragleave", onDragLeave);
      removeEventListener("drop", onDrop);
      removeEventListener("paste", onPaste);
    };
  }, [enlargement]);
  return over;
}
