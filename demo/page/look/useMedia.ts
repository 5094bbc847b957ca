import { useEffect, useState } from "preact/hooks";

/** Where rows become columns, and controls move to the thumb. The style sheets say the same. */
export const NARROW = "(max-width: 767px)";

/** Whether a media query holds, now and when it changes. */
export function useMedia(query: string): boolean {
  const [matches, match] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const follow = () => match(list.matches);
    follow();
    list.addEventListener("change", follow);
    return () => list.removeEventListener("change", follow);
  }, [query]);
  return matches;
}
