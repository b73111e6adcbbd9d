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
    // One after another, also when the delay gets shorter: two timers would not keep the order.
    const held: { at: number; chunk: Buffer }[] = [];
    const release = (): void => {
      while (held[0] !== undefined && held[0].at <= performance.now()) client.write(held.shift()!.chunk);
      if (held[0] !== undefined) setTimeout(release, Math.ceil(held[0].at - performance.now()));
    };
    upstream.on('data', (chunk) => {
      held.push({ at: performance.now() + proxy.delayMs, chunk });
      if (held.length === 1) release();
    });
  }

  await proxy.open();
  return proxy;
}
