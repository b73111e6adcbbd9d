import { connect, createServer, type Server, type Socket } from 'node:net';

export interface SlowProxy {
  readonly port: number;
  /** Of what comes back, in ms. */
  delayMs: number;
  /** Refuses connections and cuts those that there are, as the port of a dead server does. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

/** A way to a server on loopback that can be made longer. */
export async function startSlowProxy(port: number, target: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const proxy: SlowProxy = {
    port,
    delayMs: 0,
    async shut() {
      const closing = server;
      server = undefined;
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) =>
        closing === undefined ? resolve() : closing.close(() => resolve()),
      );
    },
    open: () =>
      new Promise((resolve, reject) => {
        server = createServer(through);
        server.once('error', reject);
        server.listen(port, '127.0.0.1', resolve);
      }),
  };

  function through(client: Socket): void {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay();
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    // In order, also when the delay gets shorter.
    let lastAt = 0;
    upstream.on('data', (chunk) => {
      const now = performance.now();
      lastAt = Math.max(lastAt, now + proxy.delayMs);
      if (lastAt <= now) client.write(chunk);
      else setTimeout(() => client.write(chunk), lastAt - now);
    });
  }

  await proxy.open();
  return proxy;
}
