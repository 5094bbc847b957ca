import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export interface Camera {
  readonly stream: MediaStream | undefined;
  /** Why there is none, after it was asked for. */
  readonly refusal: string | undefined;
  open(): Promise<void>;
  close(): void;
}

/** The camera, from when it is asked for until the room is left. */
export function useCamera(): Camera {
  const [stream, set] = useState<MediaStream>();
  const [refusal, refuse] = useState<string>();
  const opened = useRef<MediaStream | undefined>(undefined);
  const close = useCallback(() => {
    for (const track of opened.current?.getTracks() ?? []) track.stop();
    opened.current = undefined;
    set(undefined);
  }, []);
  useEffect(() => close, [close]);
  const open = async () => {
    refuse(undefined);
    try {
      opened.current = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 320 }, audio: false });
      set(opened.current);
    } catch (error) {
      const denied = error instanceof DOMException && error.name === "NotAllowedError";
      refuse(denied ? "The camera was not allowed." : "There is no camera that this page can use.");
    }
  };
  return { stream, refusal, open, close };
}
