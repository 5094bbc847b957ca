import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { preview } from "vite";

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
  const [url] = server.resolvedUrls?.local ?? [];
  if (url === undefined) throw new Error("the server has no address");
  return { url, close: () => server.close() };
}
