import { useState } from "preact/hooks";

/**
 * The text of a field for a setting. While the text has no meaning, the setting is "".
 *
 * @param parse gives the setting, or undefined for a text without a meaning
 * @returns the text, and the function that changes it
 */
export function useDraft(
  setting: string,
  parse: (text: string) => string | undefined,
  change: (setting: string) => void,
): readonly [string, (text: string) => void] {
  const [draft, set] = useState({ text: setting, setting });
  const write = (text: string) => {
    const meant = parse(text) ?? "";
    set({ text, setting: meant });
    change(meant);
  };
  // Another address, by a link or by the Back button, replaces what was written.
  return [draft.setting === setting ? draft.text : setting, write];
}
