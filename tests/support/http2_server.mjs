// An HTTP/2 server for tests: node http2_server.mjs <key file> <certificate file>. Prints "ACCEPT 127.0.0.1:<port>".
// POST /closes and POST /refuses leave the request unanswered, as their names say; GET /count/<path> tells how many
// requests for /<path> have arrived; everything else is answered with the protocol it came by.
import { readFileSync } from "node:fs";
import { constants, createSecureServer } from "node:http2";

const [keyFile, certificateFile] = process.argv.slice(2);
const arrived = new Map();
const server = createSecureServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile), allowHTTP1: true });

server.on("request", (request, response) => {
  arrived.set(request.url, (arrived.get(request.url) ?? 0) + 1);
  request.resume().on("end", () => {
    if (request.url === "/closes") request.stream.session.destroy();
    else if (request.url === "/refuses") request.stream.close(constants.NGHTTP2_REFUSED_STREAM);
    else if (request.url.startsWith("/count")) response.end(String(arrived.get(request.url.slice("/count".length)) ?? 0));
    else response.end(request.httpVersion);
  });
});
server.listen(0, "127.0.0.1", () => console.log(`ACCEPT 127.0.0.1:${server.address().port}`));
