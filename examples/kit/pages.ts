import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createServer, preview } from "vite";
import { selfImport } from "../../tools/self-import-plugin.js";
import { wgsl } from "../../tools/wgsl-plugin.js";

export const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/** With these headers, WebAssembly may use threads. */
export const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Builds the library into dist/, as `npm run build` does. */
export async function buildLibrary(): Promise<void> {
  console.log("building the library into dist/");
  await promisify(execFile)("npm", ["run", "build"], { cwd: REPOSITORY });
}

export interface FileServer {
  /** The address of the root, with a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the files of a folder as they are, to this machine only.
 *
 * @param folder the root of the server
 * @param headers the headers of every answer
 */
export async function serveFiles(folder: string, headers: Readonly<Record<string, string>>): Promise<FileServer> {
  const server = await preview({
    configFile: false,
    root: folder,
    appType: "mpa",
    logLevel: "error",
    build: { outDir: "." },
    preview: { host: "localhost", port: 4180, headers },
  });
  return { url: addressOf(server.resolvedUrls), close: () => server.close() };
}

/**
 * Serves a page whose scripts are TypeScript, with Vite. Its imports of the library get the sources.
 *
 * @param folder of this repository, with index.html
 * @param publicFolder of this repository, whose files are served as they are
 */
export async function serveSources(folder: string, publicFolder: string): Promise<FileServer> {
  const server = await createServer({
    configFile: false,
    root: join(REPOSITORY, folder),
    publicDir: join(REPOSITORY, publicFolder),
    cacheDir: join(REPOSITORY, "node_modules/.cache/vite-examples"),
    logLevel: "error",
    plugins: [wgsl(), selfImport()],
    server: { host: "localhost", port: 4180, headers: ISOLATED, fs: { allow: [REPOSITORY] } },
  });
  await server.listen();
  return { url: addressOf(server.resolvedUrls), close: () => server.close() };
}

function addressOf(urls: { readonly local: readonly string[] } | null): string {
  const [url] = urls?.local ?? [];
  if (url === undefined) throw new Error("the server has no address");
  return url;
}
