/** What a browser says of the page's own address. */
export interface PlaceOfPage {
  /** Such as "https:". */
  readonly protocol: string;
  readonly isSecureContext: boolean;
}

/** Why no browser lets this page join there, in words. Undefined if nothing is known against it. */
export function obstacleTo(servers: readonly string[], { protocol, isSecureContext }: PlaceOfPage): string | undefined {
  if (!isSecureContext) {
    return "A browser checks the work only for pages that came by https:// or from this device itself. Open this page by https:// to join.";
  }
  const open = servers.find((server) => !/^wss:/i.test(server) && !isThisDevice(server));
  if (protocol !== "https:" || open === undefined) return undefined;
  return `This page came by https://, so the browser lets it connect only to servers with encryption. ${open} has none. Ask for its wss:// address.`;
}

const isThisDevice = (server: string) => /^ws:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:|$)/i.test(server);
