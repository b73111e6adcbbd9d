import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@groundwork/service/testing';
import { startProcess, type Running } from './process.ts';

const MAIN = new URL('../../../../tools/aws-sandbox/src/main.ts', import.meta.url);
const WEB_ACL = 'edge';
const resourcesWith = (queues: readonly string[], bucket: string | undefined): string => `
webAcls: [{ name: ${WEB_ACL}, scope: CLOUDFRONT, ruleGroup: { name: groundwork-blocklist, capacity: 60 } }]
queues: [${queues.map((name) => `{ name: ${name}, visibilitySeconds: 60 }`).join(', ')}]
buckets: [${
  bucket === undefined
    ? ''
    : `{ name: ${bucket}, notifications: [{ queue: ${queues[0]}, events: ['s3:ObjectCreated:*'] }] }`
}]
`;

/** One call of WAF, as the sandbox has counted it. */
export interface Call {
  /** `UpdateIPSet` */
  operation: string;
  /** When it came in, in ms. */
  at: number;
  status: number;
}

export interface Account extends Running {
  endpoint: string;
  calls: readonly Call[];
  /** The addresses in each IP set that the web ACL refers to. */
  ipSets: () => Promise<string[][]>;
  /** Resolves when nothing was written for so long. */
  quiet: (ms: number) => Promise<void>;
}

/** An AWS account in the sandbox, which takes one write of a kind per second as AWS does. A bucket tells the first queue. */
export async function openAccount(
  dir: string,
  queues: readonly string[] = [],
  bucket?: string,
): Promise<Account> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  mkdirSync(dir, { recursive: true });
  const resources = join(dir, 'resources.yaml');
  writeFileSync(resources, resourcesWith(queues, bucket));
  const calls: Call[] = [];
  // Those that make the web ACL are not the service's.
  let opened = Number.POSITIVE_INFINITY;
  const running = await startProcess({
    main: MAIN,
    environment: {
      PORT: String(port),
      SANDBOX_STATE_DIR: dir,
      SANDBOX_RESOURCES: resources,
      LOG_LEVEL: 'debug',
    },
    ready: `${endpoint}/_sandbox/health`,
    heard: (line) => calls.push(...callIn(line).filter(({ at }) => at >= opened)),
  });
  opened = Date.now();
  return {
    ...running,
    endpoint,
    calls,
    async ipSets() {
      const acl: unknown = await (
        await fetch(`${endpoint}/_sandbox/web-acls/CLOUDFRONT/us-east-1/${WEB_ACL}`)
      ).json();
      const sets: string[][] = [];
      // Wherever in its rules they are.
      JSON.stringify(acl, (key, value: unknown) => {
        if (key === 'addresses') sets.push(value as string[]);
        return value;
      });
      return sets;
    },
    async quiet(ms) {
      const began = Date.now();
      for (;;) {
        const last = Math.max(began, ...calls.filter(isWrite).map(({ at }) => at));
        if (Date.now() - last >= ms) return;
        await delay(last + ms - Date.now());
      }
    },
  };
}

export const isWrite = ({ operation }: Call): boolean => /^(Create|Update)/.test(operation);

function callIn(line: string): Call[] {
  const { operation, status, ms, time } = JSON.parse(line) as {
    operation?: string;
    status: number;
    ms: number;
    time: string;
  };
  if (operation?.startsWith('wafv2:') !== true) return [];
  return [{ operation: operation.slice('wafv2:'.length), status, at: Date.parse(time) - ms }];
}

/** The most calls within any one second. */
export function mostInASecond(calls: readonly Call[]): number {
  const times = calls.map(({ at }) => at).toSorted((a, b) => a - b);
  return times.reduce((most, begin, i) => {
    const after = times.findIndex((at, j) => j > i && at - begin >= 1_000);
    return Math.max(most, (after < 0 ? times.length : after) - i);
  }, 0);
}
