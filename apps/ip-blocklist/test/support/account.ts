import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WAFV2Client } from '@aws-sdk/client-wafv2';
import { Resources, startSandbox, type EnforcedAcl, type SandboxOptions } from '@groundwork/aws-sandbox';
import { emptySet, intersect, subtract, toCidrs, union, type RangeSet } from '@groundwork/ip-ranges';
import { setOf } from '../../src/domain/networks.ts';

export type Condition = Extract<EnforcedAcl['rules'][number], { when: unknown }>['when'];

export const WEB_ACL = 'groundwork';

/** The account as infra leaves it: a web ACL that refers to an empty rule group. */
export const RESOURCES = Resources.parse({
  webAcls: [
    { name: WEB_ACL, scope: 'CLOUDFRONT', ruleGroup: { name: 'groundwork-blocklist', capacity: 60 } },
    { name: WEB_ACL, scope: 'REGIONAL', ruleGroup: { name: 'groundwork-blocklist', capacity: 60 } },
  ],
});

export interface Account {
  endpoint: string;
  faults: Awaited<ReturnType<typeof startSandbox>>['faults'];
  waf: WAFV2Client;
  /** What the web ACL blocks at this moment. */
  blocked(scope?: 'CLOUDFRONT' | 'REGIONAL'): Promise<RangeSet>;
  close(): Promise<void>;
}

/** An AWS account of its own, in the sandbox. */
export async function openAccount(options: Partial<SandboxOptions> = {}): Promise<Account> {
  process.env['AWS_ACCESS_KEY_ID'] ??= 'sandbox';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'sandbox';
  const stateDir = mkdtempSync(join(tmpdir(), 'account-'));
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    stateDir,
    throttleWaf: false,
    resources: RESOURCES,
    ...options,
  });
  const waf = new WAFV2Client({ endpoint: sandbox.endpoint, region: 'us-east-1', maxAttempts: 1 });
  return {
    endpoint: sandbox.endpoint,
    faults: sandbox.faults,
    waf,
    async blocked(scope = 'CLOUDFRONT') {
      const url = `${sandbox.endpoint}/_sandbox/web-acls/${scope}/us-east-1/${WEB_ACL}`;
      return blockedBy((await (await fetch(url)).json()) as EnforcedAcl);
    },
    async close() {
      waf.destroy();
      await sandbox.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

const ALL = setOf(['0.0.0.0/0', '::/0']);

/** The addresses that a web ACL turns away. Rules in order: the first that decides, decides. */
export function blockedBy({ rules }: Pick<EnforcedAcl, 'rules'>): RangeSet {
  let [blocked, decided] = [emptySet, emptySet];
  const walk = (list: EnforcedAcl['rules']): void => {
    for (const rule of list) {
      if ('rules' in rule) {
        if (!rule.countOnly) walk(rule.rules);
        continue;
      }
      if (rule.action === 'count') continue;
      const matched = subtract(matching(rule.when), decided);
      if (rule.action === 'block') blocked = union(blocked, matched);
      decided = union(decided, matched);
    }
  };
  walk(rules);
  return blocked;
}

function matching(when: Condition): RangeSet {
  if ('addresses' in when) return setOf(when.addresses);
  if ('not' in when) return subtract(ALL, matching(when.not));
  if ('any' in when) return when.any.map(matching).reduce(union, emptySet);
  if ('all' in when) return when.all.map(matching).reduce(intersect, ALL);
  return landsOf(when.countries);
}

/**
 * Addresses that stand for countries, so that what is turned away is one set whichever way it is:
 * AA is 240.0.0.0/24, ZZ is 240.25.25.0/24. Nobody has such addresses.
 */
export function landsOf(countries: readonly string[]): RangeSet {
  const at = (code: string, i: number): number => code.charCodeAt(i) - 65;
  return setOf(countries.map((code) => `240.${at(code, 0)}.${at(code, 1)}.0/24`));
}

export const textOf = (set: RangeSet): string => toCidrs(set).join(' ');
