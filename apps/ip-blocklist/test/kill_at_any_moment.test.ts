import { createDatabase } from '@groundwork/database';
import { subtract, toCidrs } from '@groundwork/ip-ranges';
import { eventually } from '@groundwork/service/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { setOf } from '../src/domain/networks.ts';
import { openAccount, type Account } from './support/account.ts';
import { startProcess, type ServiceProcess } from './support/processes.ts';
import { logger, useDatabases } from './support/service.ts';

const databases = useDatabases();
let account: Account;
let processes: ServiceProcess[] = [];

beforeEach(async () => {
  account = await openAccount();
});
afterEach(async () => {
  for (const one of processes) await one.kill();
  processes = [];
  await account.close();
});

const TARGETS_YAML = 'targets: [{ name: cdn, kind: waf-ip-set, topology: cloudfront-waf-alb }]';
/** How often one of the two is killed, a while after the last time. */
const KILLS = 6;

it('kill -9 loses no accepted entry, everything is enforced, and never do two write as leader', async () => {
  const url = await databases.create();
  const env = { DATABASE_URL: url, AWS_ENDPOINT_URL: account.endpoint, TARGETS_YAML, LEASE_SECONDS: '2' };
  processes = await Promise.all([startProcess(env), startProcess(env)]);

  const accepted: string[] = [];
  const over = new AbortController();
  let next = 0;
  async function callUntilOver(): Promise<void> {
    while (!over.signal.aborted) {
      next += 1;
      const cidr = `10.${next >> 16}.${(next >> 8) & 255}.${next & 255}`;
      const body = JSON.stringify({ cidr, action: 'block', reason: 'r' });
      const to = processes[next % processes.length]!;
      const answer = await fetch(`${to.url}/v1/entries`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(5_000),
      }).catch(() => undefined);
      if (answer?.status === 201) accepted.push(`${cidr}/32`);
    }
  }
  const callers = Promise.all([callUntilOver(), callUntilOver()]);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = accepted.length;
    await eventually(() => accepted.length > before + 20, { withinMs: 20_000 });
    const index = kill % 2;
    await processes[index]!.kill();
    processes[index] = await startProcess(env);
  }
  over.abort();
  await callers;

  expect(accepted.length).toBeGreaterThan(KILLS * 20);
  const isEnforced = async (): Promise<boolean> =>
    toCidrs(subtract(setOf(accepted), await account.blocked())).length === 0;
  await eventually(isEnforced, { withinMs: 30_000, what: 'the enforcement of all that was accepted' });

  const { pool, db } = createDatabase(
    { DATABASE_URL: url, DATABASE_POOL_SIZE: 1, DATABASE_TIMEOUT_MS: 10_000 },
    logger,
  );
  const { rows } = await pool.query<{ actor: string; what: string }>(
    `SELECT actor, what FROM audit WHERE target = 'cdn' ORDER BY seq`,
  );
  await db.destroy();
  const epochs = rows.flatMap(({ actor }) => Number(/^epoch (\d+)$/.exec(actor)?.[1] ?? []));
  expect(epochs, 'once a later leader has written, no earlier one does').toEqual(
    epochs.toSorted((a, b) => a - b),
  );
  expect(new Set(epochs).size, 'several led').toBeGreaterThan(1);
  expect(rows.filter(({ what }) => what === 'target.drift')).toEqual([]);
}, 180_000);
