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

async function health(...urls: string[]) {
  const edge = await startEdge(urls);
  const { status, headers, text } = await ask(`${edge.url}/healthz`);
  expect(headers['cache-control']).toBe('no-store');
  return { status, ...(JSON.parse(text) as { status: string; services: object }), text };
}

const states = (name: string, status: string, instances: Record<string, unknown>) => ({
  status,
  services: { thumbnailer: { status, instances } },
  [name]: expect.anything(),
});

it('is ok when every instance of every service is ready', async () => {
  const [one, two] = [await startUpstream(ready), await startUpstream(ready)];
  const answer = await health(one.url, two.url);
  expect(answer).toMatchObject({ ...states('text', 'ok', { [one.url]: 'ok', [two.url]: 'ok' }) });
  expect(one.asked.map(({ url }) => url)).toEqual(['/readyz']);
});

it('is degraded when one instance is not ready, and names the checks that fail', async () => {
  const [one, two] = [await startUpstream(ready), await startUpstream(notReady)];
  const { status: code, ...answer } = await health(one.url, two.url);
  expect(JSON.parse(answer.text)).toMatchObject({
    status: 'degraded',
    services: {
      thumbnailer: {
        instances: { [one.url]: 'ok', [two.url]: 'queue: connect ECONNREFUSED; disk: full' },
      },
    },
  });
  expect(code).not.toBe(503);
});

it('is failing with 503 when no instance answers, and says why', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const edge = await startEdge([url]);
  const answer = await ask(`${edge.url}/healthz`);
  expect(answer.status).toBe(503);
  expect(JSON.parse(answer.text)).toMatchObject({ status: 'failing' });
  expect(answer.text).toContain('ECONNREFUSED');
});

it('says the status of an instance that fails without a word', async () => {
  const mute = await startUpstream(answering({ 'content-type': 'text/html' }, '<h1>Bad Gateway</h1>', 502));
  const edge = await startEdge([mute.url]);
  const answer = await ask(`${edge.url}/healthz`);
  expect(answer.status).toBe(503);
  expect(answer.text).toContain('502');
});
