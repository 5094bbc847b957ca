import { connect, createServer, type Server, type Socket } from "node:net";

/** A network between clients and a server, which a test can cut. */
export class Network {
  readonly #sockets = new Set<Socket>();
  #state: "open" | "silent" | "cut" = "open";

  private constructor(
    private readonly listener: Server,
    private readonly to: URL,
  ) {}

  /** @param address such as "nats://127.0.0.1:4222" */
  static async open(address: string): Promise<Network> {
    const listener = createServer();
    await new Promise<void>((resolve, reject) => listener.on("error", reject).listen(0, "127.0.0.1", resolve));
    const proxy = new Network(listener, new URL(address));
    listener.on("connection", (socket) => proxy.#join(socket));
    return proxy;
  }

  /** Where clients connect instead. */
  get url(): string {
    const address = this.listener.address();
    if (address === null || typeof address === "string") throw new Error("the proxy is closed");
    return `${this.to.protocol}//127.0.0.1:${address.port}`;
  }

  /** The number of connections. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** Ends all connections. New ones end at once. */
  cut(): void {
    this.#state = "cut";
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Nothing passes any more, and nobody is told, as when a cable is pulled. */
  silence(): void {
    this.#state = "silent";
    for (const socket of this.#sockets) socket.pause();
  }

  /** The network works again. */
  mend(): void {
    this.#state = "open";
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.listener.close(resolve));
  }

  #join(client: Socket): void {
    if (this.#state === "cut") {
      client.destroy();
      return;
    }
    const server = connect(Number(this.to.port), this.to.hostname);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (bytes) => to.write(bytes));
      // The other side hears of every end, also of one by an error.
      from.on("error", () => from.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      if (this.#state === "silent") from.pause();
    }
  }
}
