import { eventually } from '@groundwork/service/testing';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { useService } from './support/service.ts';

const service = useService();
const say = (body: object) =>
  request(service.app)
    .post('/v1/entries')
    .send({ action: 'block', reason: 'test', ...body })
    .expect(201);
const get = (etag = '"none"') => request(service.app).get('/v1/export').set('if-none-match', etag);
const lines = async () => (await get()).text.split('\n').slice(0, -1);

describe('the export', () => {
  it('is what is blocked and not allowed, as the least number of CIDRs', async () => {
    expect(await lines()).toEqual([]);
    await say({ cidr: '203.0.113.0/25' });
    await say({ range: '203.0.113.128-203.0.113.255' });
    await say({ cidr: '2001:db8::/32' });
    await say({ country: 'DE' });
    expect(await lines()).toEqual(['203.0.113.0/24', '2001:db8::/32']);
    await say({ cidr: '203.0.113.0/26', action: 'allow' });
    await say({ cidr: '2001:db8::/33', action: 'allow', ttlSeconds: 1 });
    expect(await lines()).toEqual(['203.0.113.64/26', '203.0.113.128/25', '2001:db8:8000::/33']);
    await eventually(async () => (await service.entries.expire()) === 1);
    expect(await lines()).toEqual(['203.0.113.64/26', '203.0.113.128/25', '2001:db8::/32']);
  });

  it('is given again only when it has changed', async () => {
    await say({ cidr: '203.0.113.9' });
    const first = await get();
    expect(first.headers['content-type']).toContain('text/plain');
    const etag = String(first.headers['etag']);
    expect((await get(etag)).status).toBe(304);
    await say({ cidr: '203.0.113.10' });
    const second = await get(etag);
    expect(second.status).toBe(200);
    expect(second.headers['etag']).not.toBe(etag);
  });
});
