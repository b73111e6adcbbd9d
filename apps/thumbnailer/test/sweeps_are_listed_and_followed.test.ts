import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Sweep } from '@groundwork/contracts';
import { eventually } from '@groundwork/service/testing';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startStack, type Stack } from './support/stack.ts';

let stack: Stack;
beforeEach(async () => {
  stack = await startStack();
});
afterEach(() => stack.close());

const start = async (): Promise<string> =>
  ((await request(stack.app).post('/v1/backfills').send({ apply: false })).body as Sweep).id;
const list = async (query: string) => {
  const { status, body } = await request(stack.app).get(`/v1/backfills${query}`);
  expect(status).toBe(200);
  const { items, cursor } = body as { items: Sweep[]; cursor?: string };
  return { ids: items.map(({ id }) => id), cursor };
};

describe('the list of sweeps', () => {
  it('begins with the newest, page by page', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.unshift(await start());
    await request(stack.app).post('/v1/reconciliations').send({ apply: false });
    const first = await list('?limit=3');
    const second = await list(`?limit=3&cursor=${first.cursor}`);
    const third = await list(`?limit=3&cursor=${second.cursor}`);
    expect([...first.ids, ...second.ids, ...third.ids]).toEqual(ids);
    expect(third.cursor).toBeUndefined();
    expect((await list('?cursor=backfill-removed')).ids).toEqual([]);
    // One that has moved is new again.
    await request(stack.app)
      .post(`/v1/backfills/${ids.at(-1)}/cancel`)
      .send({});
    expect((await list('?limit=1')).ids).toEqual([ids.at(-1)]);
    expect((await request(stack.app).get('/v1/backfills?limits=1')).status).toBe(400);
  });

  it('leaves out what another version wrote and this one cannot read', async () => {
    const id = await start();
    for (const [i, Body] of ['{"id":"backfill-1"}', 'no JSON', '[]'].entries()) {
      const Key = `sweeps/backfill-${String(i).repeat(32)}.json`;
      await stack.s3.send(new PutObjectCommand({ Bucket: 'thumbnails', Key, Body }));
    }
    expect((await list('')).ids).toEqual([id]);
  });
});

describe('following a sweep', () => {
  const follow = (id: string, lastEventId = '') =>
    request(stack.app)
      .get(`/v1/backfills/${id}`)
      .set('accept', 'text/event-stream')
      .set('last-event-id', lastEventId);

  it('ends for good once its end was seen', async () => {
    const id = await start();
    await request(stack.app).post(`/v1/backfills/${id}/cancel`).send({});
    const seen = await follow(id, '1');
    expect(seen.status).toBe(200);
    const last = /^id: (\d+)$/m.exec(seen.text)?.[1];
    const again = await follow(id, last);
    expect(again.status).toBe(204);
    expect(again.text).toBe('');
  });

  it('is for a hundred at a time: further ones are told how far it is, and to come back later', async () => {
    const id = await start();
    const server = stack.app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/backfills/${id}`;
    const ending = new AbortController();
    const connect = (signal = ending.signal) =>
      fetch(url, { headers: { accept: 'text/event-stream' }, signal });
    try {
      const followers = await Promise.all(Array.from({ length: 100 }, () => connect()));
      expect(followers.map(({ status }) => status)).toEqual(Array(100).fill(200));
      const further = await connect(AbortSignal.timeout(3_000));
      const text = await further.text();
      expect(text).toContain('retry: 5000');
      expect(text).toContain('event: counting\n');
      ending.abort();
      // Their places are free again.
      const next = new AbortController();
      await eventually(async () => {
        const answer = await connect(next.signal);
        const { value } = await (answer.body as ReadableStream<Uint8Array>).getReader().read();
        return Buffer.from(value ?? [])
          .toString()
          .includes('retry: 1000');
      });
      next.abort();
    } finally {
      ending.abort();
      server.closeAllConnections();
      server.close();
    }
  });
});
