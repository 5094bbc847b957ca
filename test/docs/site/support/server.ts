import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  txt: "text/plain; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
};

/** Serves a folder as static files below /some/folder/, where no site lies that thinks itself at the root of its server. */
export class StaticServer {
  static async start(folder: string): Promise<StaticServer> {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      const send = (status: number, path: string) => {
        response.writeHead(status, {
          "Content-Type": TYPES[path.split(".").at(-1) ?? ""] ?? "application/octet-stream",
        });
        createReadStream(path).pipe(response);
      };
      const inside = pathname.startsWith(PREFIX) ? decodeURIComponent(pathname.slice(PREFIX.length)) : "/missing";
      const path = join(folder, inside.endsWith("/") || inside === "" ? `${inside}index.html` : inside);
      if (existsSync(path) && statSync(path).isFile()) send(200, path);
      else send(404, join(folder, "404.html"));
    });
    await new Promise<void>((done) => server.listen(0, "localhost", done));
    return new StaticServer(server);
  }

  private constructor(private readonly server: Server) {}

  /** The address of the site, with a slash at its end. */
  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    return `http://localhost:${address.port}${PREFIX}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const PREFIX = "/some/folder/";
