import { AgentView, Explanation, type AgentReport } from '@groundwork/contracts';
import { sql } from 'kysely';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { peersOf } from '../src/agent/peers.ts';
import { useService } from './support/service.ts';

const service = useService();
const IP = '203.0.113.9';

const REPORT: AgentReport = {
  version: null,
  appliedAt: null,
  networks: 0,
  spared: [],
  counters: { packets: 7, bytes: 420 },
  conditions: [],
  agentVersion: '0.1.0',
};
const report = (name: string, more: Partial<AgentReport> = {}) =>
  request(service.app)
    .post(`/v1/agents/${name}`)
    .send({ ...REPORT, ...more });
const agents = async () =>
  z.object({ items: z.array(AgentView) }).parse((await request(service.app).get('/v1/agents')).body).items;
const current = async () =>
  ((await request(service.app).get('/v1/export?format=json')).body as { version: string }).version;
const onHosts = async () =>
  Explanation.parse((await request(service.app).get(`/v1/explain/${IP}`)).body).hosts.map(
    ({ agent, status }) => `${agent} ${status}`,
  );
const isSilentFor = (interval: string) =>
  sql`UPDATE agents SET seen_at = clock_timestamp() - ${interval}::interval`.execute(service.database.db);

describe('agents', () => {
  it('are shown with what they said last, and whether they enforce the list of now', async () => {
    await report('web-1', { version: await current() }).expect(204);
    await report('web-1', { version: await current(), networks: 3 }).expect(204);
    await report('web-2').expect(204);
    expect(await agents()).toMatchObject([
      { name: 'web-1', status: 'in-sync', networks: 3 },
      { name: 'web-2', status: 'behind', version: null },
    ]);
    const metrics = (await request(service.app).get('/metrics')).text;
    expect(metrics).toMatch(/ip_blocklist_agent_in_sync\{agent="web-2".*\} 0/);
    expect(metrics).toMatch(/ip_blocklist_agent_dropped_packets\{agent="web-1".*\} 7/);
  });

  it('are silent after two minutes, and forgotten after a week', async () => {
    await report('web-1', { version: await current() });
    await isSilentFor('3 minutes');
    expect(await agents()).toMatchObject([{ status: 'silent' }]);
    expect(await onHosts()).toEqual(['web-1 silent']);
    await isSilentFor('8 days');
    expect(await agents()).toEqual([]);
    await report('web-2');
    const { rows } = await sql`SELECT name FROM agents`.execute(service.database.db);
    expect(rows).toEqual([{ name: 'web-2' }]);
  });

  it('explain what becomes of an address on their hosts', async () => {
    const outdated = await current();
    await request(service.app).post('/v1/entries').send({ cidr: IP, action: 'block', reason: 'test' });
    const version = await current();
    await report('behind', { version: outdated });
    await report('blind', { version, conditions: [{ severity: 'blind', message: 'nft is not there' }] });
    await report('good', { version });
    await report('sparing', { version, spared: [{ network: '203.0.113.0/24', why: 'connected by SSH' }] });
    expect(await onHosts()).toEqual(['behind pending', 'blind open', 'good enforced', 'sparing spared']);
  });

  it('are refused what is no name or no report', async () => {
    await report('web%201').expect(400);
    await report('web-1', { networks: -1 }).expect(400);
  });
});

describe('who is connected to sshd', () => {
  const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue';

  it('is read from what the kernel lists, whatever the family and the order of bytes', () => {
    const line = (remote: string, port = '0016', state = '01') =>
      `   0: 0100007F:${port} ${remote}:C350 ${state} 00000000:00000000`;
    const table = [HEAD, line('0971CB00'), line('0A71CB00', '0050'), line('00000000', '0016', '0A')].join(
      '\n',
    );
    expect(peersOf(table, [22], 'LE')).toEqual(['0.203.113.9']);
    expect(peersOf([HEAD, line('00CB7109')].join('\n'), [22], 'BE')).toEqual(['0.203.113.9']);
    const v6 = [line('B80D0120000000000000000009000000'), line('0000000000000000FFFF00000971CB00')];
    expect(peersOf([HEAD, ...v6].join('\n'), [22], 'LE')).toEqual(['2001:db8::9', '0.203.113.9']);
    expect(peersOf(table, [80, 2222], 'LE')).toEqual(['0.203.113.10']);
  });
});
