import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { createAwsClient, type Logger } from '@groundwork/service';
import { eventually } from '@groundwork/service/testing';
import express from 'express';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createS3Thumbnails } from '../src/adapters/s3-thumbnails.ts';
import { derivativeRoutes } from '../src/http/derivatives.ts';

const BYTES = 4_000_000;

/** An S3 that begins an answer of four megabytes; `end` says what it does then. */
async function startStorage() {
  const sockets: { destroy(): void }[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: image/webp\r\ncontent-length: ${BYTES}\r\netag: "x"\r\n\r\n`,
      );
      socket.write(Buffer.alloc(BYTES / 2));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    breakOff: () => sockets.forEach((socket) => socket.destroy()),
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

let storage: Awaited<ReturnType<typeof startStorage>>;
let lines: string[];
let url: string;
let close: () => void;
beforeEach(async () => {
  process.env['AWS_ACCESS_KEY_ID'] = 'sandbox';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'sandbox';
  storage = await startStorage();
  lines = [];
  const s3 = createAwsClient(S3Client, { endpoint: storage.url, region: 'us-east-1', maxAttempts: 1 });
  const record = (level: string) => (_fields: object, text: string) => void lines.push(`${level}: ${text}`);
  const app = express();
  app.use((req, _res, next) => {
    req.log = { error: record('error'), debug: record('debug') } as unknown as Logger;
    next();
  });
  app.use(
    derivativeRoutes({
      thumbnails: createS3Thumbnails(s3, 'thumbnails'),
      access: { mode: 'public', signingKeys: [] },
      now: () => new Date(),
    }),
  );
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/derivatives/a/b/c.webp`;
  close = () => {
    server.closeAllConnections();
    server.close();
    s3.destroy();
    storage.close();
  };
});
afterEach(() => close());

it('storage that breaks off is an error, and the client sees that its image is not whole', async () => {
  const answer = await fetch(url);
  const whole = answer.arrayBuffer();
  const failed = expect(whole).rejects.toThrow('terminated');
  storage.breakOff();
  await failed;
  await eventually(() => lines.length > 0);
  expect(lines).toEqual(['error: the image broke off on its way out of storage']);
});

it('a client that goes away is none', async () => {
  const ending = new AbortController();
  await fetch(url, { signal: ending.signal });
  ending.abort();
  await eventually(() => lines.length > 0);
  expect(lines).toEqual(['debug: the client went away']);
});
