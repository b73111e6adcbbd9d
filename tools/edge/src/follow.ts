import { setTimeout as delay } from 'node:timers/promises';
import type { Component, Logger } from '@groundwork/service';

/** How soon a change is enforced, in ms. AWS takes from seconds to minutes. */
const EVERY_MS = 500;
const TIMEOUT_MS = 2_000;

export interface Followed<T> extends Component {
  /** What is in force; undefined as long as there is nothing of that name. */
  current: () => T | undefined;
}

export interface FollowOptions<Document, T> {
  /** Such as `web ACL`. */
  name: string;
  /** Of the sandbox, which holds what AWS would. */
  url: string;
  /** Makes of it what the edge asks for every client. */
  compile: (document: Document) => T;
  logger: Logger;
}

/**
 * Follows something of the sandbox that the edge enforces. When the sandbox does not answer, or
 * gives what cannot be enforced, the last one that was seen stays in force.
 */
export function follow<Document extends { version: string }, T>({
  name,
  url,
  compile,
  logger,
}: FollowOptions<Document, T>): Followed<T> {
  const stopping = new AbortController();
  let version: string | undefined;
  let current: T | undefined;
  let running: Promise<void> | undefined;

  async function look(): Promise<void> {
    const answer = await fetch(url, {
      headers: version === undefined ? {} : { 'if-none-match': version },
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (answer.status === 304) return;
    if (answer.status === 404) {
      await answer.body?.cancel();
      [version, current] = [undefined, undefined];
      return;
    }
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    const document = (await answer.json()) as Document;
    current = compile(document);
    version = document.version;
    logger.info({ version }, `a changed ${name} is in force`);
  }

  async function keepLooking(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => {
        if (!stopping.signal.aborted) logger.debug({ error }, `the ${name} cannot be read`);
      });
      await delay(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    name,
    current: () => current,
    start() {
      running = keepLooking();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
