import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a database that lets a statement through and then breaks, before the answer comes. */
export async function startProxy(url: string) {
  const target = new URL(url);
  const { hostname, port } = target;
  const sockets = new Set<Socket>();
  let fatal: string | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let isCut = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('close', () => upstream.end());
    upstream.on('close', () => client.destroy());
    upstream.on('data', (chunk) => {
      if (isCut) client.destroy();
      else client.write(chunk);
    });
    client.on('data', (chunk) => {
      isCut ||= fatal !== undefined && chunk.includes(fatal);
      if (isCut) fatal = undefined;
      upstream.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target.port = String((server.address() as AddressInfo).port);
  return {
    url: target.href,
    /** Once. */
    cutAt: (statement: string) => (fatal = statement),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
