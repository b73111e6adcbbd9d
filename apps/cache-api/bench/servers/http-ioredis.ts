import { Redis } from 'ioredis';
import { createServer } from 'node:http';
import { read } from '../support/reply.ts';

/** A GET per request: PORT, file of replies, port of Redis. */
const [port, file = '', redisPort] = process.argv.slice(2);
const redis = new Redis({ host: '127.0.0.1', port: Number(redisPort) });
const headers = new Map<string, string[]>();
for (const [path, reply] of Object.entries(read(file))) {
  headers.set(path, reply.headers.flat());
  await redis.set(`bare:${path}`, reply.body);
}
createServer((req, res) => {
  const path = req.url ?? '';
  redis.getBuffer(`bare:${path}`).then(
    (body) => res.writeHead(200, headers.get(path)).end(body),
    () => res.writeHead(503).end(),
  );
}).listen(Number(port), '127.0.0.1');
