import { join } from 'node:path';
import type { CoverageView, Explanation, TargetView } from '@groundwork/contracts';
import type { TestPostgres } from '@groundwork/database/testing';
import { isEqual, parseList, toCidrs, toSet } from '@groundwork/ip-ranges';
import { eventually } from '@groundwork/service/testing';
import type { z } from 'zod';
import { isWrite, mostInASecond, openAccount, type Account } from './account.ts';
import type { Feed } from './feed.ts';
import { atMost, exactly, only, type Figure } from './figure.ts';
import { line, load } from './load.ts';
import { startService, type Service } from './service.ts';

const IP_SETS = 10;
const PER_SET = 10_000;
const TARGET = `targets: [{ name: cdn, kind: waf-ip-set, topology: cloudfront-waf-alb, maxSets: { ipv4: ${IP_SETS}, ipv6: 0 } }]`;
const CONVERGE_MS = 300_000;
/** More than the service waits before it tidies up. */
const QUIET_MS = 7_000;
/** In no list of the world: 203.0.113.0/24 is for documentation. RFC 5737 */
const BAN = '203.0.113.77';

/** The whole list through the service into IP sets at the rate that AWS allows; then one more ban. */
export async function enforcing(
  { rows }: Feed,
  postgres: TestPostgres,
  dir: string,
  progress: (text: string) => void,
): Promise<Figure[]> {
  const account = await openAccount(join(dir, 'account'));
  const service = await startService({
    DATABASE_URL: await postgres.createDatabase(),
    AWS_ENDPOINT_URL: account.endpoint,
    TARGETS_YAML: TARGET,
  });
  try {
    await inSync(service, 0);
    await service.longestStall();
    const [began, cpu] = [performance.now(), service.cpuSeconds()];
    progress(`loading ${rows.length} addresses`);
    const lines = rows.map(([address, lists]) => line(address, Math.min(100, 10 * lists)));
    const loaded = await load(service, lines);
    progress('waiting until all of them are enforced');
    await inSync(service, rows.length);
    const seconds = (performance.now() - began) / 1_000;
    await account.quiet(QUIET_MS);
    await inSync(service, rows.length);
    const figures = [
      exactly('addresses taken', loaded.created, rows.length),
      only('seconds to load them', loaded.seconds),
      atMost('seconds until all of them are enforced', seconds, 60),
      only('CPU seconds of the service', service.cpuSeconds() - cpu),
      atMost('longest stall of its event loop', await service.longestStall(), 1_000, ' ms'),
      only('peak of its memory', service.peakMb(), ' MB'),
      ...callFigures(account),
      ...(await coverageFigures(
        service,
        account,
        rows.map(([address]) => address),
      )),
    ];
    progress('one more ban');
    return [...figures, ...(await oneMore(service, account))];
  } finally {
    await service.stop();
    await account.stop();
  }
}

/** Waits until the target says that it holds the whole list, and so many addresses are enforced. */
async function inSync(service: Service, enforced: number): Promise<void> {
  const look = async (): Promise<boolean> => {
    const { phase } = await service.get<TargetView>('/v1/targets/cdn');
    if (phase !== 'in-sync') return false;
    return (await coverage(service)).ipv4.enforced === enforced;
  };
  await eventually(look, { withinMs: CONVERGE_MS, everyMs: 250, what: `${enforced} enforced addresses` });
}

async function coverage(service: Service): Promise<CoverageView> {
  const { items } = await service.get<{ items: CoverageView[] }>('/v1/coverage');
  return items[0]!;
}

function callFigures({ calls }: Account): Figure[] {
  const of = (name: string) => calls.filter(({ operation }) => operation === name);
  const writes = Map.groupBy(calls.filter(isWrite), ({ operation }) => operation);
  const refused = calls.filter(({ status }) => status !== 200);
  const reads = calls.length - [...writes.values()].flat().length;
  return [
    ...[...writes].map(([operation, all]) => only(`calls of ${operation}`, all.length)),
    only('calls that read', reads),
    atMost('UpdateIPSet in any one second', mostInASecond(of('UpdateIPSet')), 1),
    exactly('calls refused', refused.map(({ operation }) => operation).join(' and ') || 'none', 'none'),
  ];
}

async function coverageFigures(
  service: Service,
  account: Account,
  addresses: readonly string[],
): Promise<Figure[]> {
  const { ipv4 } = await coverage(service);
  const sets = await account.ipSets();
  const listed = toSet(parseList(addresses.join('\n')));
  const held = toSet(parseList(sets.flat().join('\n')));
  return [
    ...(['listed', 'enforced'] as const).map((name) =>
      exactly(`coverage: ${name}`, ipv4[name], addresses.length),
    ),
    ...(['pending', 'dropped', 'unenforceable', 'collateral', 'leftover'] as const).map((name) =>
      exactly(`coverage: ${name}`, ipv4[name], 0),
    ),
    exactly('what the IP sets hold is the list', String(isEqual(listed, held)), 'true'),
    atMost('IP sets', sets.length, Math.min(IP_SETS, Math.ceil(addresses.length / PER_SET))),
    only(`networks in them (the fewest would be ${toCidrs(listed).length})`, sets.flat().length),
    atMost('networks in the fullest', Math.max(...sets.map(({ length }) => length)), PER_SET),
  ];
}

async function oneMore(service: Service, account: Account): Promise<Figure[]> {
  const before = account.calls.length;
  await service.post('/v1/entries', { cidr: BAN, action: 'block', reason: 'one more' });
  const accepted = performance.now();
  const isEnforced = async (): Promise<boolean> => {
    const { targets } = await service.get<z.infer<typeof Explanation>>(`/v1/explain/${BAN}`);
    return targets[0]?.status === 'enforced';
  };
  await eventually(isEnforced, { everyMs: 10, withinMs: 30_000, what: 'the ban' });
  const ms = performance.now() - accepted;
  await account.quiet(QUIET_MS);
  const writes = account.calls.slice(before).filter(isWrite);
  return [
    exactly(
      'writes for one more ban',
      writes.map(({ operation }) => operation).join(' and ') || 'none',
      'UpdateIPSet',
    ),
    atMost('from accepted to acknowledged', ms, 2_000, ' ms'),
  ];
}
