import { sharePostgres } from '@groundwork/database/testing';
import { makePrograms } from '@groundwork/service/testing';

export default async function setup(): Promise<() => Promise<void>> {
  await makePrograms(['src/main.ts', 'src/agent/main.ts', 'test/support/peer.ts'], ['swagger-ui-dist']);
  return sharePostgres();
}
