import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseFeeds, type Feed } from '../../src/domain/feeds/feed-file.ts';

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** Somebody's web server with a list, which can be any kind of broken. */
export interface FeedServer {
  url: string;
  /** Requests, and those of them that were answered with 304. */
  hits: number;
  unmodified: number;
  /** What it serves from now on, with an ETag of its contents. */
  serve(list: string): void;
  answer(with_: Answer): void;
  close(): Promise<void>;
}

export async function startFeedServer(host = '127.0.0.1'): Promise<FeedServer> {
  let answer: Answer = (_req, res) => res.writeHead(404).end();
  const server = createServer((req, res) => {
    feedServer.hits += 1;
    answer(req, res);
  });
  server.listen(0, host);
  await once(server, 'listening');
  const feedServer: FeedServer = {
    url: `http://${host}:${(server.address() as AddressInfo).port}/list.txt`,
    hits: 0,
    unmodified: 0,
    answer(with_) {
      answer = with_;
    },
    serve(list) {
      const etag = `"${list.length}-${Buffer.from(list).toString('base64').slice(-20)}"`;
      answer = (req, res) => {
        if (req.headers['if-none-match'] === etag) {
          feedServer.unmodified += 1;
          res.writeHead(304).end();
        } else {
          res.writeHead(200, { etag }).end(list);
        }
      };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return feedServer;
}

/** A feed as a file would have it, with what it needs at least. */
export function feedOf(more: string): Feed {
  const [feed] = parseFeeds(`
feeds:
  - { name: list, format: plain, schedule: { every: 1d }, ttlSeconds: 3600, ${more} }`);
  return feed!;
}
