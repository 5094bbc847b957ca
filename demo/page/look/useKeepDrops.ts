import { useEffect } from "preact/hooks";

/** A file that is dropped where nothing takes it would open in place of the page. */
export function useKeepDrops(): void {
  useEffect(() => {
    const keep = (event: DragEvent) => event.preventDefault();
    addEventListener("dragover", keep);
    addEventListener("drop", keep);
    return () => {
      removeEventListener("dragover", keep);
      removeEventListener("drop", keep);
    };
  }, []);
}
