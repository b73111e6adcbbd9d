import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import express from 'express';
import { read, type Reply } from '../support/reply.ts';

/** What a team would write with Express and BentoCache: PORT, file of replies. */
const [port, file = ''] = process.argv.slice(2);
const replies = read(file);
const cache = new BentoCache({
  default: 'l1',
  stores: { l1: bentostore().useL1Layer(memoryDriver({ maxItems: 10_000, serialize: false })) },
});
const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.get('/v1/resources/:name/:id', async (req, res) => {
  const { headers, body } = await cache.getOrSet({
    key: `${req.params.name}/${req.params.id}`,
    ttl: '5m',
    factory: () => {
      const reply = replies[req.path] as Reply;
      return { ...reply, body: Buffer.from(reply.body) };
    },
  });
  for (const [name, value] of headers) res.setHeader(name, value);
  res.end(body);
});
app.listen(Number(port), '127.0.0.1');
