// A receiver of alerts over HTTP: keeps every request, and answers as it is told to.
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export class HttpSink {
  readonly url: string;
  readonly received: Received[] = [];
  /** What is answered from now on; "nothing" leaves the sender waiting. */
  answers: number | "nothing" = 200;
  #server: Server;
  #waiting: ServerResponse[] = [];

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(): Promise<HttpSink> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const sink = new HttpSink(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("request", (request, response) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () => {
        sink.received.push({
          method: request.method ?? "",
          path: request.url ?? "",
          headers: request.headers,
          body: Buffer.concat(pieces).toString(),
        });
        if (sink.answers === "nothing") sink.#waiting.push(response);
        else response.writeHead(sink.answers).end("ok");
      });
    });
    return sink;
  }

  /** What came to paths that begin so. */
  at(path: string): Received[] {
    return this.received.filter((one) => one.path.startsWith(path));
  }

  json(path: string): any[] {
    return this.at(path).map((one) => JSON.parse(one.body));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
