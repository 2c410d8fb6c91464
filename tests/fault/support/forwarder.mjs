// Carries connections to 127.0.0.1 on to another address, port by port: a provider behind a network looks like one on
// loopback, the only place where Evergrant calls by plain http. A caller that hangs up takes back what has not arrived.
// Arguments: the address, then ports.
import { connect, createServer } from "node:net";

const [address, ...ports] = process.argv.slice(2);
for (const port of ports)
  createServer((near) => {
    const far = connect({ host: address, port: Number(port) });
    // What is written before the connection stands would be sent when it does, whoever has hung up by then.
    far.on("connect", () => near.pipe(far, { end: false }));
    far.pipe(near);
    const takeBack = () => (far.connecting ? far.destroy() : far.resetAndDestroy());
    near.on("error", () => {}).on("end", takeBack).on("close", takeBack);
    far.on("error", () => near.destroy());
  }).listen(Number(port), "127.0.0.1");
console.log("forwarding");
