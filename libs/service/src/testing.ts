import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export { isSkipped, type Optional } from './testing/optional.ts';
export { Actor, type How } from './testing/actor.ts';
export { makePrograms, programOf } from './testing/programs.ts';

/** Waits until `check` neither throws nor returns false or undefined, and returns what it gave. */
export async function eventually<T>(
  check: () => Promise<T> | T,
  options: { withinMs?: number; everyMs?: number; what?: string } = {},
): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + (options.withinMs ?? 10_000);
  let last: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value !== false && value !== undefined) return value as Exclude<T, false | undefined>;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`${options.what ?? 'the condition'} did not come true in time`, { cause: last });
    }
    await delay(options.everyMs ?? 25);
  }
}

/** Below those that the kernel hands out by itself (from 32,768 on Linux), so that nobody gets one by chance. */
const PORTS = { first: 20_000, count: 12_000 };

/** A port on loopback that was free a moment ago, and that only another caller of this may take meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + randomInt(PORTS.count);
    if (await canListen(port)) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
