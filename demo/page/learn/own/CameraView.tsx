import { useEffect, useRef } from "preact/hooks";
import type { RoomProps } from "../../App.js";
import { shrink, tensorOf } from "../../own/decode.js";

/** Milliseconds from one look at the camera to the next. */
const LOOK_EVERY = 200;

/** What the camera sees. The network looks at it, too. */
export function CameraView({ stream, own }: RoomProps & { readonly stream: MediaStream }) {
  const video = useRef<HTMLVideoElement>(null);
  const { setLive } = own;
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.srcObject = stream;
    // A browser may refuse to play what is not shown yet. It plays when it is.
    element.play().catch(() => undefined);
    const timer = setInterval(() => {
      if (element.readyState < element.HAVE_CURRENT_DATA) return;
      shrink(element).then(
        (bytes) => element.srcObject && setLive(tensorOf(bytes)),
        // The next frame may be there.
        () => undefined,
      );
    }, LOOK_EVERY);
    return () => {
      clearInterval(timer);
      element.srcObject = null;
      setLive(undefined);
    };
  }, [stream, setLive]);
  return <video ref={video} class="camera" muted playsInline aria-label="What the camera sees" />;
}
