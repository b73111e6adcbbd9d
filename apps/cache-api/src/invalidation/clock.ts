import type { Pool } from 'pg';

/** How far the database's clock is ahead of ours, in ms, known to within half a round trip. */
export async function clockDifference(pool: Pool): Promise<number> {
  let best = { took: Infinity, difference: 0 };
  // The first may open a connection.
  for (let i = 0; i < 3; i++) {
    const began = Date.now();
    const { rows } = await pool.query<{ now: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
    );
    const ended = Date.now();
    const took = ended - began;
    if (took < best.took) best = { took, difference: (rows[0]?.now ?? 0) - (began + took / 2) };
  }
  return best.difference;
}
