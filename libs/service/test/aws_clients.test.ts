import type { IncomingMessage, ServerResponse } from 'node:http';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsSettings, awsSettingsOf, createAwsClient, createHttpServer, parseConfig } from '../src/index.ts';
import { z } from 'zod';

const stops: (() => unknown)[] = [];
beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function serve(listener: (req: IncomingMessage, res: ServerResponse) => void) {
  const server = createHttpServer(listener, { host: '127.0.0.1', port: 0 });
  await server.start?.();
  stops.push(() => server.stop?.(AbortSignal.abort()));
  return server.url;
}

function clientFor(endpoint: string, options: { requestTimeoutMs?: number; maxAttempts?: number } = {}) {
  const env = { AWS_ENDPOINT_URL: endpoint, AWS_MAX_ATTEMPTS: String(options.maxAttempts ?? 1) };
  const settings = awsSettingsOf(parseConfig(z.object(awsSettings), env));
  const { requestTimeoutMs } = options;
  return createAwsClient(SQSClient, settings, requestTimeoutMs === undefined ? {} : { requestTimeoutMs });
}

const ask = (client: SQSClient, QueueUrl: string) =>
  client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));

describe('an AWS client', () => {
  it('never sends to the host inside a queue URL', async () => {
    const asked = { endpoint: 0, elsewhere: 0 };
    const elsewhere = await serve((_req, res) => {
      asked.elsewhere += 1;
      res.end('{}');
    });
    const endpoint = await serve((_req, res) => {
      asked.endpoint += 1;
      res.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{"Attributes":{}}');
    });
    await ask(clientFor(endpoint), `${elsewhere}/000000000000/work`);
    expect(asked).toEqual({ endpoint: 1, elsewhere: 0 });
  });

  it('tries as often as it was told', async () => {
    let attempts = 0;
    const endpoint = await serve((_req, res) => {
      attempts += 1;
      res.writeHead(500).end('{}');
    });
    await expect(ask(clientFor(endpoint, { maxAttempts: 3 }), 'http://x/0/work')).rejects.toMatchObject({
      $metadata: { httpStatusCode: 500, attempts: 3 },
    });
    expect(attempts).toBe(3);
  });

  it('gives up on an endpoint that accepts and never answers', async () => {
    const endpoint = await serve(() => undefined);
    const began = performance.now();
    await expect(ask(clientFor(endpoint, { requestTimeoutMs: 200 }), 'http://x/0/work')).rejects.toThrow(
      'exceeded the configured 200 ms',
    );
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
