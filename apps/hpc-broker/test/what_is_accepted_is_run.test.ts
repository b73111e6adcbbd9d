import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeLease, type Database, type Lease } from '@groundwork/database';
import { eventually } from '@groundwork/service/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDispatching } from '../src/adapters/postgres/dispatching.ts';
import { cancel } from '../src/adapters/postgres/steer.ts';
import { Bell } from '../src/dispatch/bell.ts';
import { keepDispatching } from '../src/dispatch/dispatch.ts';
import type { Engine } from '../src/ports/engine.ts';
import { logger, useDatabases } from './support/database.ts';
import { job, openLedger, type Ledger } from './support/ledger.ts';
import { LocalBase } from './support/local-engines.ts';

const databases = useDatabases();
let database: Database<unknown>;
let ledger: Ledger;
let base: LocalBase;
const endings: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  database = await databases.open();
  ledger = openLedger(database);
  base = await LocalBase.make();
});
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
  await base.close();
});

/** One process that dispatches to one engine. */
async function dispatcher(engine: Engine) {
  const lease: Lease | undefined = await takeLease(database.db, `engine:${engine.name}`, randomUUID(), 600);
  const bell = new Bell();
  const ended = new AbortController();
  const dispatching = createDispatching({
    db: database.db,
    lease: lease!,
    engine: engine.name,
    pool: 'local',
    rulesOf: () => ({ share: 1, maxCores: undefined, maxQueued: undefined }),
  });
  const running = keepDispatching({ engine, dispatching, bell, logger, vanishedMs: 1_000 }, ended.signal);
  const stop = async (): Promise<void> => {
    ended.abort();
    await running;
  };
  endings.push(stop);
  return { bell, stop };
}

const ends = (id: string) =>
  eventually(async () => {
    const { state, open } = await ledger.job(id);
    return open === 0 && state;
  });

const effects = async (file: string): Promise<string[]> =>
  (await readFile(join(base.dir, file), 'utf8')).trim().split('\n').toSorted();

describe('what is accepted is run', () => {
  it('as real processes, once each', async () => {
    const { bell } = await dispatcher(await base.engine({ slots: 4 }));
    const { a = '' } = await ledger.submit(
      job({
        array: { size: 100 },
        shell: `echo $GROUNDWORK_ARRAY_INDEX >> ${base.dir}/ran`,
        command: undefined,
      }),
    );
    bell.tell();
    expect(await ends(a)).toBe('succeeded');
    expect(await effects('ran')).toEqual(Array.from({ length: 100 }, (_, index) => String(index)).toSorted());
  });

  it('in the order of what waits for what', async () => {
    const { bell } = await dispatcher(await base.engine({ slots: 4 }));
    const say = (name: string, dependsOn: { job: string }[] = []) =>
      job({ name, shell: `echo ${name} >> ${base.dir}/order`, command: undefined, dependsOn });
    const ids = await ledger.submit({
      name: 'three',
      jobs: [say('c', [{ job: 'b' }]), say('b', [{ job: 'a' }]), say('a')],
    });
    bell.tell();
    expect(await ends(ids['c']!)).toBe('succeeded');
    expect(await readFile(join(base.dir, 'order'), 'utf8')).toBe('a\nb\nc\n');
  });

  it('again when it failed, by its policy', async () => {
    const { bell } = await dispatcher(await base.engine());
    const { a = '' } = await ledger.submit(
      job({
        shell: `echo $GROUNDWORK_ATTEMPT >> ${base.dir}/tries; test $GROUNDWORK_ATTEMPT = 3`,
        command: undefined,
        retries: { user: 5, backoffSeconds: 0 },
      }),
    );
    bell.tell();
    expect(await ends(a)).toBe('succeeded');
    expect(await effects('tries')).toEqual(['1', '2', '3']);
  });

  it('until somebody cancels it: then everything that it has started is ended', async () => {
    const { bell } = await dispatcher(await base.engine());
    const { a = '' } = await ledger.submit(job({ command: ['sleep', '1000'] }));
    bell.tell();
    await eventually(async () => (await ledger.job(a)).state === 'running');
    await ledger.within((tx) => cancel(tx, a, 'ann'));
    bell.tell();
    expect(await ends(a)).toBe('cancelled');
  });

  it('once, when another process takes over half-way', async () => {
    const engine = await base.engine({ slots: 4 });
    const first = await dispatcher(engine);
    const { a = '' } = await ledger.submit(
      job({
        array: { size: 40 },
        shell: `sleep 0.05; echo $GROUNDWORK_ARRAY_INDEX >> ${base.dir}/ran`,
        command: undefined,
      }),
    );
    first.bell.tell();
    await eventually(async () => (await ledger.elements(a)).includes('succeeded'));
    await first.stop();
    await database.pool.query(`UPDATE leases SET expires_at = '-infinity'`);
    await dispatcher(engine);
    expect(await ends(a)).toBe('succeeded');
    expect(await effects('ran')).toHaveLength(40);
  });

  it('and leaves nothing behind, although its dispatcher died before the engine had forgotten it', async () => {
    const engine = await base.engine();
    const first = await dispatcher({
      ...engine,
      forget: () => new Promise(() => {}),
    });
    const { a = '' } = await ledger.submit(job());
    first.bell.tell();
    expect(await ends(a)).toBe('succeeded');
    expect(await engine.known?.()).toHaveLength(1);
    await database.pool.query(`UPDATE leases SET expires_at = '-infinity'`);
    await dispatcher(engine);
    await eventually(async () => (await engine.known?.())?.length === 0);
    endings.shift();
  });

  it('and not at all when no engine will have it: that is said', async () => {
    const { bell } = await dispatcher(await base.engine({ memoryMiB: 64 }));
    const { a = '' } = await ledger.submit(job({ workingDirectory: '/nowhere/at/all' }));
    bell.tell();
    expect(await ends(a)).toBe('failed');
    expect((await ledger.job(a)).reason).toMatch(/\/nowhere\/at\/all/);
  });
});
