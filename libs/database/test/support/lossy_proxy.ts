import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** A way to a database that can be cut: what is on it then is neither answered nor refused. */
export async function startProxy(url: string) {
  const target = new URL(url);
  const { hostname, port } = target;
  const sockets = new Set<Socket>();
  let cut = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => cut || to.write(chunk));
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target.port = String((server.address() as AddressInfo).port);
  return {
    url: target.href,
    cut: () => (cut = true),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
