// Carries connections to 127.0.0.1 on to another address, port by port: a provider behind a network looks like one on
// loopback, the only place where Evergrant calls by plain http. Arguments: the address, then ports.
import { connect, createServer } from "node:net";

const [address, ...ports] = process.argv.slice(2);
for (const port of ports)
  createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host: address, port: Number(port), allowHalfOpen: true });
    near.pipe(far);
    far.pipe(near);
    for (const [one, other] of [[near, far], [far, near]]) one.on("error", () => other.destroy()).on("close", () => other.destroy());
  }).listen(Number(port), "127.0.0.1");
console.log("forwarding");
