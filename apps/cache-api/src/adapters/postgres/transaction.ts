import { DatabaseError, type PoolClient } from 'pg';
import { connect, type Pools } from './pools.ts';

/**
 * Commits when the work resolves. It looks at rows again after it has waited for them, whatever the database's
 * default is.
 */
export async function inTransaction<T>(pools: Pools, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await connect(pools);
  let broken = false;
  try {
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    broken = isLost(error) || !(await rolledBack(client));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Nothing from the server, so that nobody knows what it has done: the connection is not used again. */
function isLost(error: unknown): boolean {
  return error instanceof Error && !(error instanceof DatabaseError) && error.name === 'Error';
}

async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}
