// A listener that must not be called.
import { createServer, type AddressInfo, type Server } from "node:net";

/** Hears whom it is called as, by HTTP's Host or TLS's server name, and answers nobody. */
export class Canary {
  connections = 0;
  readonly #heard: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.connections += 1;
      socket.on("error", () => {});
      socket.once("data", (data) => {
        this.#heard.push(data.toString("latin1"));
        socket.destroy();
      });
    });
  }

  /** On 127.0.0.1, or wherever else: `::` is every address of this machine, with or without IPv6. */
  static async start(host = "127.0.0.1"): Promise<Canary> {
    const server = createServer();
    const listens = (where: string) => new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(0, where, () => resolve(true));
    });
    if (!(await listens(host)) && !(host === "::" && (await listens("0.0.0.0")))) throw new Error(`nothing can listen on ${host}`);
    return new Canary(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What came on a page's behalf: a browser also calls its maker's servers for itself. */
  get heard(): string[] {
    return this.#heard.filter((text) => !/accounts\.google\.com|\.googleapis\.com/.test(text));
  }

  stop(): void {
    this.#server.close();
  }
}
