import { sharePostgres } from '@groundwork/database/testing';
import { makePrograms } from '@groundwork/service/testing';

export default async function setup(): Promise<() => Promise<void>> {
  await makePrograms(['test/support/follower.ts', 'test/support/purge-process.ts']);
  return sharePostgres();
}
