import { expect, it } from 'vitest';
import { eventually } from '@groundwork/service/testing';
import { usePurges } from './support/purges.ts';
import { useServices } from './support/services.ts';

const purges = usePurges();
const service = useServices(undefined);

it('a change by plain SQL, and a tag, are invalidated in CloudFront too; what only one may see is not sent', async () => {
  const cdn = await purges.world();
  const { start, shop } = await service();
  const instance = await start({
    settings: {
      AWS_ENDPOINT_URL: cdn.endpoint,
      CLOUDFRONT_DISTRIBUTION_ID: cdn.distributionId,
      PURGE_EVERY_SECONDS: '1',
    },
  });
  // With its slot the stream begins with everything; single keys would be merged into that.
  await eventually(async () => (await cdn.paths()).flat().includes('#all:products'));
  const read = await instance.get('/v1/resources/products/1');
  const [tag = ''] = read.headers.get('cache-tag')?.split(',') ?? [];
  expect(tag).toBe('key:products/1');
  await shop.owner.query('UPDATE products SET price = 1 WHERE id = 1');
  await instance.send('POST', '/v1/invalidate', { tags: ['category:light'], keys: ['by-category/light'] });
  await eventually(async () => {
    const sent = (await cdn.paths()).flat();
    return sent.includes(`#${tag}`) && sent.includes('#category:light');
  });
  expect((await cdn.paths()).flat().filter((path) => path.includes('by-category'))).toEqual([]);
  expect(await instance.status()).toMatchObject({
    purges: expect.objectContaining({ budgetPerMonth: 1_000 }),
  });
});
