import type { Entry } from '@groundwork/contracts';
import { eventually } from '@groundwork/service/testing';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { useService } from './support/service.ts';

const service = useService(['office=198.51.100.0/24']);

const post = (body: object, key?: string) => {
  const call = request(service.app).post('/v1/entries');
  return (key === undefined ? call : call.set('idempotency-key', key)).send({
    action: 'block',
    reason: 'test',
    ...body,
  });
};
const get = (path: string) => request(service.app).get(path);
const idOf = ({ body }: { body: unknown }) => (body as Entry).id;

describe('an entry', () => {
  it.each([
    ['an address', { cidr: '203.0.113.9' }, '203.0.113.9'],
    ['a network', { cidr: '203.0.113.0/24' }, '203.0.113.0/24'],
    ['a network with host bits', { cidr: '203.0.113.7/24' }, '203.0.113.0/24'],
    ['a range', { range: '203.0.113.5 - 203.0.113.9' }, '203.0.113.5-203.0.113.9'],
    ['a range that is a network', { range: '203.0.113.0-203.0.113.255' }, '203.0.113.0/24'],
    ['IPv6', { cidr: '2001:DB8:0::/32' }, '2001:db8::/32'],
    ['an IPv4-mapped address', { cidr: '::ffff:203.0.113.9' }, '203.0.113.9'],
    ['a country', { country: 'DE' }, 'DE'],
  ])('of %s is kept in canonical form', async (_name, about, subject) => {
    const created = await post(about);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      subject,
      expiresAt: null,
      endedAt: null,
      source: 'api',
      createdBy: 'development',
    });
    expect(created.headers['location']).toBe(`entries/${idOf(created)}`);
    expect((await get(`/v1/entries/${idOf(created)}`)).body).toEqual(created.body);
  });

  it.each([
    ['no subject', {}],
    ['two', { cidr: '203.0.113.9', country: 'DE' }],
    ['a leading zero', { cidr: '203.0.113.09' }],
    ['a zone id', { cidr: 'fe80::1%eth0' }],
    ['a reversed range', { range: '203.0.113.9-203.0.113.5' }],
    ['an unknown member', { cidr: '203.0.113.9', colour: 'red' }],
  ])('with %s is refused, with a sentence that says so', async (_name, about) => {
    const refused = await post(about);
    expect(refused.status).toBe(400);
    expect((refused.body as { detail: string }).detail.length).toBeGreaterThan(20);
  });

  it('said again by the same source is renewed; by another it is another', async () => {
    const first = await post({ cidr: '203.0.113.9', ttlSeconds: 60 });
    const again = await post({ cidr: '203.0.113.9/32', ttlSeconds: 3_600, reason: 'still' });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ id: idOf(first), reason: 'still' });
    expect(Date.parse((again.body as Entry).expiresAt ?? '') - Date.now()).toBeGreaterThan(3_000_000);
    expect(idOf(await post({ cidr: '203.0.113.9', source: 'fail2ban' }))).not.toBe(idOf(first));
  });

  it('is created once per Idempotency-Key', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => post({ cidr: '203.0.113.9' }, 'k')));
    expect(new Set(answers.map(idOf)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const other = await post({ cidr: '203.0.113.10' }, 'k');
    expect(other.body).toMatchObject({ code: 'idempotency_key_reused', status: 422 });
  });

  it('ends when it is deleted, and can be said again', async () => {
    const id = idOf(await post({ cidr: '203.0.113.9' }));
    const ended = await request(service.app).delete(`/v1/entries/${id}`);
    expect((ended.body as Entry).endedAt).not.toBeNull();
    expect((await request(service.app).delete(`/v1/entries/${id}`)).status).toBe(404);
    const again = await post({ cidr: '203.0.113.9' });
    expect(again.status).toBe(201);
    expect(idOf(again)).not.toBe(id);
  });

  it('lives as long as it is told to', async () => {
    const id = idOf(await post({ cidr: '203.0.113.9', ttlSeconds: 60 }));
    const patch = (body: object) => request(service.app).patch(`/v1/entries/${id}`).send(body);
    expect((await patch({ ttlSeconds: null })).body).toMatchObject({ expiresAt: null });
    expect((await patch({ ttlSeconds: 1, reason: 'soon over' })).body).toMatchObject({ reason: 'soon over' });
    expect((await patch({})).status).toBe(400);
    await eventually(async () => (await service.entries.expire()) === 1);
    const { expiresAt, endedAt } = (await get(`/v1/entries/${id}`)).body as Entry;
    expect(endedAt).toBe(expiresAt);
    expect((await patch({ ttlSeconds: 60 })).status).toBe(404);
    expect((await get('/v1/entries')).body).toEqual({ items: [] });
  });
});

describe('what must stay reachable', () => {
  it('is not blocked, unless that is forced', async () => {
    const refused = await post({ cidr: '198.51.0.0/16' });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'protected_range' });
    expect((refused.body as { detail: string }).detail).toContain('would cut off office');
    expect((await post({ cidr: '198.51.0.0/16', force: true })).status).toBe(201);
    expect((await post({ cidr: '198.51.100.7', action: 'allow' })).status).toBe(201);
  });

  it('is not lifted by an allow of nearly everything, unless that is forced', async () => {
    const refused = await post({ cidr: '0.0.0.0/0', action: 'allow' });
    expect(refused.body).toMatchObject({ status: 409, code: 'allow_too_wide' });
    expect((await post({ cidr: '0.0.0.0/0', action: 'allow', force: true })).status).toBe(201);
    expect((await post({ cidr: '10.0.0.0/8', action: 'allow' })).status).toBe(201);
  });

  it('includes the address of the caller', async () => {
    const refused = await post({ cidr: '127.0.0.0/8' });
    expect((refused.body as { detail: string }).detail).toContain('the address you call from');
    expect((await post({ cidr: '127.0.0.9' })).status).toBe(201);
  });
});

describe('a list', () => {
  it('comes in pages, newest first, of what is asked for', async () => {
    for (let i = 0; i < 7; i++) await post({ cidr: `203.0.113.${i}`, source: i % 2 === 0 ? 'even' : 'odd' });
    await post({ cidr: '203.0.113.0/24', action: 'allow' });
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = (await get(`/v1/entries?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)) as {
        body: { items: Entry[]; cursor?: string };
      };
      seen.push(...body.items.map(({ subject }) => subject));
      cursor = body.cursor ?? '';
    } while (cursor !== '');
    expect(seen).toEqual(['203.0.113.0/24', ...[6, 5, 4, 3, 2, 1, 0].map((i) => `203.0.113.${i}`)]);
    const subjects = async (query: string) =>
      ((await get(`/v1/entries?${query}`)).body as { items: Entry[] }).items.map(({ subject }) => subject);
    expect(await subjects('source=odd')).toEqual(['203.0.113.5', '203.0.113.3', '203.0.113.1']);
    expect(await subjects('covers=203.0.113.4&action=block')).toEqual(['203.0.113.4']);
    expect(await subjects('covers=2001:db8::1')).toEqual([]);
    expect((await get('/v1/entries?covers=203.0.113.0/24')).status).toBe(400);
    // A typo would else show all of them.
    const typo = await get('/v1/entries?cover=203.0.113.9');
    expect([typo.status, typo.body.code]).toEqual([400, 'invalid_request']);
  });
});

describe('explain', () => {
  const story = async (ip: string) =>
    (await get(`/v1/explain/${ip}`)).body as { verdict: string; because: string };

  it('tells what holds for an address, and why', async () => {
    expect(await story('203.0.113.9')).toMatchObject({ verdict: 'not-listed' });
    await post({ cidr: '203.0.113.0/24', reason: 'scans', source: 'feed' });
    expect(await story('203.0.113.9')).toMatchObject({
      verdict: 'blocked',
      because: 'Blocked with 203.0.113.0/24 by feed (scans), for good.',
    });
    const id = idOf(await post({ cidr: '203.0.113.9', action: 'allow', reason: 'customer' }));
    expect(await story('203.0.113.9')).toMatchObject({
      verdict: 'allowed',
      because: 'Allowed with 203.0.113.9 by api (customer), for good, which wins over 1 block.',
    });
    expect(await story('203.0.113.10')).toMatchObject({ verdict: 'blocked' });
    await request(service.app).delete(`/v1/entries/${id}`);
    expect(await story('203.0.113.9')).toMatchObject({ verdict: 'blocked' });
  });

  it('is asked for one address', async () => {
    expect((await get('/v1/explain/203.0.113.0%2F24')).status).toBe(400);
    expect((await get('/v1/explain/nonsense')).body).toMatchObject({ code: 'not_an_address' });
  });
});

it('every change is in the audit trail, in order, with who made it', async () => {
  const id = idOf(await post({ cidr: '203.0.113.9' }));
  await post({ cidr: '203.0.113.9', reason: 'again' });
  await request(service.app).patch(`/v1/entries/${id}`).send({ ttlSeconds: 1 });
  await eventually(async () => (await service.entries.expire()) === 1);
  await post({ cidr: '203.0.113.10' });
  interface Trail {
    items: { what: string; actor: string; seq: number }[];
  }
  // A record is given when none before it can come any more: on a busy server a moment later.
  const trail = (query: string, length: number) =>
    eventually(async () => {
      const { items } = (await get(`/v1/audit?${query}`)).body as Trail;
      return items.length === length && items;
    });
  const items = await trail(`entry=${id}`, 4);
  expect(items.map(({ what, actor }) => `${what} by ${actor}`)).toEqual([
    'entry.created by development',
    'entry.renewed by development',
    'entry.renewed by development',
    'entry.expired by expiry',
  ]);
  const after = await trail(`after=${items[2]?.seq}`, 2);
  expect(after.map(({ what }) => what)).toEqual(['entry.expired', 'entry.created']);
});
