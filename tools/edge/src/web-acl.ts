import { setTimeout as delay } from 'node:timers/promises';
import type { EnforcedAcl } from '@groundwork/aws-sandbox';
import type { Component, Logger } from '@groundwork/service';
import { compileAcl, type Verdict } from './compile-acl.ts';

/** How soon a change is enforced, in ms. AWS takes from seconds to minutes. */
const EVERY_MS = 500;
const TIMEOUT_MS = 2_000;

export interface WebAcl extends Component {
  /** What the ACL says about a client; nothing is refused as long as there is no ACL. */
  judge(address: string): Verdict | undefined;
}

export interface WebAclOptions {
  /** Of the sandbox, which holds what AWS would. */
  url: string;
  countryOf: (address: string) => string | undefined;
  logger: Logger;
}

/** Follows a web ACL of the sandbox. When the sandbox does not answer, the last one that was seen stays in force. */
export function createWebAcl({ url, countryOf, logger }: WebAclOptions): WebAcl {
  const stopping = new AbortController();
  let version: string | undefined;
  let judge: ((address: string) => Verdict) | undefined;
  let running: Promise<void> | undefined;

  async function look(): Promise<void> {
    const answer = await fetch(url, {
      headers: version === undefined ? {} : { 'if-none-match': version },
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (answer.status === 304) return;
    if (answer.status === 404) {
      [version, judge] = [undefined, undefined];
      return;
    }
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    const acl = (await answer.json()) as EnforcedAcl;
    judge = compileAcl(acl, countryOf);
    version = acl.version;
    logger.info({ rules: acl.rules.length }, 'a changed web ACL is in force');
  }

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => {
        if (!stopping.signal.aborted) logger.debug({ error }, 'the web ACL cannot be read');
      });
      await delay(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    name: 'web ACL',
    judge: (address) => judge?.(address),
    start() {
      running = follow();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
