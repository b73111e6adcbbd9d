import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Asked =
  | 'begin'
  | 'part'
  | 'parts'
  | 'complete'
  | 'abort'
  | 'uploads'
  | 'head'
  | 'range'
  | 'get'
  | 'put';

const DENIED = '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';

interface Hold {
  asked: Asked;
  /** How many of these are let through before. */
  after: number;
  /** `request`: S3 does not hear of it; `answer`: it has done it, and nobody hears of that. */
  of: 'request' | 'answer';
}

/**
 * A way to S3 that counts what is asked, and on which requests or answers can be held for ever, connections
 * broken, and bytes changed.
 */
export async function startGate(endpoint: string) {
  const log: Asked[] = [];
  let hold: (Hold & { passed: number; held: () => void }) | undefined;
  let breaks = { before: [] as Asked[], after: [] as Asked[] };
  let flips: Asked[] = [];
  let isRefused: (url: string) => boolean = () => false;
  let meanwhile: { asked: Asked; left: number; act: () => Promise<void> } | undefined;

  const take = (from: Asked[], asked: Asked): boolean => {
    const at = from.indexOf(asked);
    if (at >= 0) from.splice(at, 1);
    return at >= 0;
  };
  const isHeld = (asked: Asked, of: Hold['of']): boolean => {
    if (hold?.asked !== asked || hold.of !== of) return false;
    hold.passed += 1;
    if (hold.passed <= hold.after) return false;
    hold.held();
    return true;
  };

  const server = createServer((incoming, answer) => {
    const asked = askedOf(incoming);
    log.push(asked);
    if (isHeld(asked, 'request')) return;
    if (isRefused(incoming.url ?? '')) {
      answer.writeHead(403, { 'content-type': 'application/xml' }).end(DENIED);
      return;
    }
    if (take(breaks.before, asked)) return void answer.destroy();
    const isFlipped = take(flips, asked);
    void (async () => {
      const sent = await bodyOf(incoming);
      if (isFlipped && asked === 'part') flip(sent);
      if (meanwhile?.asked === asked && (meanwhile.left -= 1) === 0) await meanwhile.act();
      const { method, headers, url } = incoming;
      const onward = request(new URL(url ?? '/', endpoint), { method, headers });
      onward.end(sent);
      const [response] = (await once(onward, 'response')) as [IncomingMessage];
      const came = await bodyOf(response);
      if (isFlipped && asked !== 'part') flip(came);
      if (isHeld(asked, 'answer')) return;
      if (take(breaks.after, asked)) return void answer.destroy();
      answer.writeHead(response.statusCode ?? 500, response.headers).end(came);
    })().catch(() => answer.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Everything since the last time it was asked. */
    taken: (): Asked[] => log.splice(0),
    /** Resolves when the first one is held. */
    holdAt(one: Hold): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      hold = { ...one, passed: 0, held: resolve };
      return promise;
    },
    /** Before S3 hears of it, or after it was done. */
    break: (when: 'before' | 'after', ...asked: Asked[]) => void breaks[when].push(...asked),
    /** As where the caller has no right to that. */
    refuse: (refused: (url: string) => boolean) => void (isRefused = refused),
    flip: (...asked: Asked[]) => void (flips = asked),
    /** Done before the nth of these reaches S3. */
    meanwhile: (asked: Asked, nth: number, act: () => Promise<void>) =>
      void (meanwhile = { asked, left: nth, act }),
    /** What is held is cut off; from now on all is let through. */
    open(): void {
      hold = undefined;
      meanwhile = undefined;
      breaks = { before: [], after: [] };
      flips = [];
      isRefused = () => false;
      server.closeAllConnections();
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export type Gate = Awaited<ReturnType<typeof startGate>>;

function askedOf({ method, url = '', headers }: IncomingMessage): Asked {
  const query = new URL(url, 'http://s3').searchParams;
  if (query.has('uploads')) return method === 'POST' ? 'begin' : 'uploads';
  if (query.has('partNumber')) return 'part';
  if (query.has('uploadId')) {
    if (method === 'POST') return 'complete';
    return method === 'DELETE' ? 'abort' : 'parts';
  }
  if (method === 'HEAD') return 'head';
  if (method === 'PUT') return 'put';
  return headers.range === undefined ? 'get' : 'range';
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function flip(bytes: Buffer): void {
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
}
