import { freePort } from '@groundwork/service/testing';
import { expect, it } from 'vitest';
import { answering, ask, startEdge, startUpstream } from './edge.ts';

const ready = answering(
  { 'content-type': 'application/json' },
  JSON.stringify({ status: 'ready', checks: {} }),
);
const notReady = answering(
  { 'content-type': 'application/json' },
  JSON.stringify({
    status: 'not ready',
    checks: { bucket: 'ok', queue: 'connect ECONNREFUSED', disk: 'full' },
  }),
  503,
);

async function healthOf(...urls: string[]) {
  const edge = await startEdge(urls);
  const answer = await ask(`${edge.url}/healthz`);
  expect(answer.headers['cache-control']).toBe('no-store');
  return { httpStatus: answer.status, health: JSON.parse(answer.text) as unknown };
}

it('is ok when every instance of every service is ready', async () => {
  const [one, two] = [await startUpstream(ready), await startUpstream(ready)];
  expect(await healthOf(one.url, two.url)).toEqual({
    httpStatus: 200,
    health: {
      status: 'ok',
      services: { thumbnailer: { status: 'ok', instances: { [one.url]: 'ok', [two.url]: 'ok' } } },
    },
  });
  expect(one.asked.map(({ url }) => url)).toEqual(['/readyz']);
});

it('is degraded while one instance is not ready, and names the checks that fail', async () => {
  const [one, two] = [await startUpstream(ready), await startUpstream(notReady)];
  expect(await healthOf(one.url, two.url)).toMatchObject({
    httpStatus: 200,
    health: {
      status: 'degraded',
      services: {
        thumbnailer: { instances: { [one.url]: 'ok', [two.url]: 'queue: connect ECONNREFUSED; disk: full' } },
      },
    },
  });
});

it('is failing with 503 when no instance answers, and says why', async () => {
  const { httpStatus, health } = await healthOf(`http://127.0.0.1:${await freePort()}`);
  expect(httpStatus).toBe(503);
  expect(health).toMatchObject({ status: 'failing' });
  expect(JSON.stringify(health)).toContain('ECONNREFUSED');
});

it('says the status of an instance that fails without a word', async () => {
  const mute = await startUpstream(answering({ 'content-type': 'text/html' }, '<h1>Bad Gateway</h1>', 502));
  const { httpStatus, health } = await healthOf(mute.url);
  expect(httpStatus).toBe(503);
  expect(JSON.stringify(health)).toContain('502');
});
