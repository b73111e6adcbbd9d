import { eventually } from '@groundwork/service/testing';
import { expect, it } from 'vitest';
import { settings, Stack } from './stack.ts';

const EVERY_PROCESS = [
  ['thumbnailer', 'apps/thumbnailer/src/main.ts'],
  ['aws-sandbox', 'tools/aws-sandbox/src/main.ts'],
  ['postgres', 'tools/dev/src/postgres/main.ts'],
  ['edge', 'tools/edge/src/main.ts'],
] as const;

it('starts a process again that was killed, says so, and becomes healthy', async () => {
  const stack = new Stack(await settings());
  await stack.ready();
  const before = EVERY_PROCESS.map(([, main]) => stack.pidOf(main));
  for (const pid of before) process.kill(pid, 'SIGKILL');

  await eventually(() => EVERY_PROCESS.every(([, main], i) => stack.pidOf(main) !== before[i]));
  for (const [name] of EVERY_PROCESS) {
    expect(stack.output).toContain(`${name} was ended by SIGKILL; starting it again.`);
  }
  const { EDGE_PORT, POSTGRES_PORT } = stack.settings;
  await eventually(async () => (await fetch(`http://127.0.0.1:${EDGE_PORT}/healthz`)).ok, {
    withinMs: 20_000,
    what: 'a healthy edge',
  });
  await eventually(() => canQuery(Number(POSTGRES_PORT)), { withinMs: 20_000, what: 'a Postgres' });
  expect(await stack.stop()).toBe(0);
  expect(stack.processes()).toEqual([]);
});

async function canQuery(port: number): Promise<boolean> {
  const { Client } = (await import('pg')).default;
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', password: 'postgres' });
  await client.connect();
  try {
    return (await client.query('SELECT 1 AS one')).rows.length === 1;
  } finally {
    await client.end();
  }
}
