import { createServer } from 'node:http';
import { read } from '../support/reply.ts';

/** As little as an HTTP server with a Map can do: PORT, file of replies. */
const [port, file = ''] = process.argv.slice(2);
const replies = new Map(
  Object.entries(read(file)).map(([path, { headers, body, etag }]) => [
    path,
    {
      headers: headers.flat(),
      headersOf304: headers.filter(([name]) => name !== 'content-length').flat(),
      body: Buffer.from(body),
      etag,
    },
  ]),
);
createServer((req, res) => {
  const reply = replies.get(req.url ?? '');
  if (reply === undefined) res.writeHead(404).end();
  else if (req.headers['if-none-match'] === reply.etag) res.writeHead(304, reply.headersOf304).end();
  else res.writeHead(200, reply.headers).end(reply.body);
}).listen(Number(port), '127.0.0.1');
