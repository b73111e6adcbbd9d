import { CreateIPSetCommand, ListIPSetsCommand } from '@aws-sdk/client-wafv2';
import { createDatabase, type Database } from '@groundwork/database';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tables } from '../src/adapters/tables.ts';
import { historiesAreSafe } from './model/history.ts';
import { BUGS } from './model/bugs.ts';
import { openGeoStage } from './model/geo-stage.ts';
import { openAclStage } from './model/network-acl-stage.ts';
import type { OpenStage } from './model/stage.ts';
import { openWafStage } from './model/waf-stage.ts';
import { openAccount } from './support/account.ts';
import { logger, useDatabases } from './support/service.ts';

const RUNS = Number(process.env['MODEL_RUNS'] ?? 12);
const { MODEL_SEED, MODEL_PATH } = process.env;
/** One history again, as a failure names it. */
const REPLAY =
  MODEL_SEED === undefined
    ? {}
    : { seed: Number(MODEL_SEED), ...(MODEL_PATH === undefined ? {} : { path: MODEL_PATH }) };
/** Seeds by which a bug is found within five histories, so that looking for it costs little. */
const SOON: Readonly<Record<string, number>> = {
  'a list that cannot be read and counts as empty': 4,
  'a conflict that is answered by sending the same again with a fresh token': 19,
  'a feed of which every copy is taken for the list': 18,
  'a write that is not noted down before it is made': 2,
};
/** Each is found within so many by any. */
const MOST_HISTORIES = 400;
const databases = useDatabases();
let database: Database<Tables>;

beforeAll(async () => {
  const settings = {
    DATABASE_URL: await databases.create(),
    DATABASE_POOL_SIZE: 8,
    DATABASE_TIMEOUT_MS: 10_000,
  };
  database = createDatabase<Tables>(settings, logger);
});
afterAll(() => database.db.destroy());

const STAGES: Readonly<Record<string, OpenStage>> = {
  'IP sets': openWafStage,
  'a network ACL': openAclStage,
  'a geo restriction': openGeoStage,
};

/** An empty account with somebody else's set in it, and an empty database. */
const open = (openStage: OpenStage) => async () => {
  await database.pool.query(
    `TRUNCATE entries, audit, leases, targets, parts, enforced, enforced_countries, target_versions, target_pins,
      time_to_block, feeds`,
  );
  const account = await openAccount();
  const foreign = { Scope: 'CLOUDFRONT', Name: 'groundwork-other', IPAddressVersion: 'IPV4' } as const;
  const { Summary } = await account.waf.send(
    new CreateIPSetCommand({ ...foreign, Addresses: ['10.0.0.1/32'] }),
  );
  const stage = await openStage(account);
  return {
    stage,
    database,
    async close() {
      await stage.close();
      const { IPSets = [] } = await account.waf.send(new ListIPSetsCommand({ Scope: 'CLOUDFRONT' }));
      await account.close();
      const now = IPSets.find(({ Name }) => Name === foreign.Name);
      expect(now?.LockToken, 'what is not ours is never written').toBe(Summary?.LockToken);
    },
  };
};

describe('in any history', () => {
  it.each(Object.entries(STAGES))(
    '%s end equal to what is wanted, and what is blocked for good is never let go, whatever feeds say',
    { timeout: 7_200_000 },
    (_name, stage) =>
      fc.assert(historiesAreSafe(open(stage)), { numRuns: RUNS, endOnFailure: true, ...REPLAY }),
  );
});

describe('the model notices', () => {
  it.each(Object.entries(BUGS))('%s', { timeout: 600_000 }, async (name, sabotage) => {
    const { failed, numRuns } = await fc.check(historiesAreSafe(open(openWafStage), sabotage), {
      numRuns: MOST_HISTORIES,
      endOnFailure: true,
      seed: SOON[name] ?? 1,
    });
    expect(failed, `${numRuns} histories`).toBe(true);
    if (process.env['MODEL_RUNS'] !== undefined) console.log(`found after ${numRuns} histories`);
  });
});
