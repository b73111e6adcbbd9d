import { ExportedList } from '@groundwork/contracts';
import { eventually, isSkipped } from '@groundwork/service/testing';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { versionOf } from '../src/domain/export/version.ts';
import { setOf } from '../src/domain/networks.ts';
import { textOf } from './support/account.ts';
import { droppedIn, openNamespace, whyMissing } from './support/namespaces.ts';
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

const as = async (format: string) => (await request(service.app).get(`/v1/export?format=${format}`)).text;
const sayAll = async () => {
  for (const cidr of ['203.0.113.0/24', '198.51.100.9', '2001:db8::/32', '2001:db9::9', '0.0.0.0/0'])
    await say({ cidr, force: true });
  await say({ cidr: '10.0.0.0/8', action: 'allow' });
  await say({ country: 'DE' });
};

describe('the export in another format', () => {
  it.each(['nftables', 'nginx', 'json'])(
    '%s has an ETag of its own, and answers 304 and HEAD',
    async (format) => {
      await say({ cidr: '203.0.113.9' });
      const path = `/v1/export?format=${format}`;
      const etag = String((await request(service.app).head(path).expect(200)).headers['etag']);
      expect(etag).not.toBe((await get()).headers['etag']);
      await request(service.app).get(path).set('if-none-match', etag).expect(304);
    },
  );

  it('json says its version, which can be computed from the rest, and countries', async () => {
    await sayAll();
    const { version, networks, countries } = ExportedList.parse(JSON.parse(await as('json')));
    expect(countries).toEqual(['DE']);
    expect(networks).toEqual(await lines());
    expect(version).toBe(versionOf('json', networks.map((one) => `${one}\n`).join(''), countries));
    await say({ country: 'FR' });
    expect(ExportedList.parse(JSON.parse(await as('json'))).version).not.toBe(version);
  });

  it('nginx is what the geo module includes', async () => {
    await sayAll();
    const [comments, rules] = [/^#/, /^[0-9a-f.:]+\/\d+ 1;$/];
    const found = (await as('nginx')).split('\n').slice(0, -1);
    expect(found.filter((line) => !comments.test(line) && !rules.test(line))).toEqual([]);
    expect(found[1]).toContain('geo $blocked');
    expect(found.filter((line) => rules.test(line))).toHaveLength((await lines()).length);
  });

  const missing = whyMissing();
  it.skipIf(isSkipped({ name: 'nftables reads what is exported', missing }))(
    'nftables is a file that nft takes, whether the table is there or not, and drops the list',
    async () => {
      const namespace = openNamespace();
      try {
        for (const change of [() => say({ cidr: '203.0.113.9' }), sayAll]) {
          await change();
          namespace.nft(await as('nftables'));
          expect(textOf(droppedIn(namespace.ruleset()))).toBe(textOf(setOf(await lines())));
        }
      } finally {
        namespace.close();
      }
    },
  );

  it('that is not known is refused', async () => {
    await request(service.app).get('/v1/export?format=xml').expect(400);
  });
});
