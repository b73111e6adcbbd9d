import type { Redis } from 'ioredis';
import type { Bus } from '../../ports/bus.ts';

/** A message takes memory in the server for each listener that is slow. */
const MAX_BYTES = 256 * 1024;

/**
 * Pub/sub of one server, which everybody hears in the order in which it took the messages. Not for a cluster:
 * there each node passes on what it was told, in any order. `createClient` makes a connection that keeps
 * reconnecting by itself.
 */
export function createRedisBus(createClient: () => Redis, channel: string): Bus {
  const publisher = createClient();
  const subscriber = createClient();
  return {
    maxBytes: MAX_BYTES,
    async publish(message) {
      await publisher.publish(channel, message);
    },
    start({ onMessage, onConnected }) {
      subscriber.on('message', (_channel, message) => onMessage(message));
      const listen = (): void => {
        // Else no beat comes back, and the next connection tries again.
        subscriber.subscribe(channel).then(onConnected, () => subscriber.disconnect(true));
      };
      subscriber.on('ready', listen);
      if (subscriber.status === 'ready') listen();
    },
    async stop() {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}
