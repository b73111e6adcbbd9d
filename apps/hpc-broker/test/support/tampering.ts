import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What comes back from S3: unharmed, with another byte in it, broken off half-way, or a refusal. */
type Harm = 'none' | 'other byte' | 'broken off' | 'denied';

const DENIED = '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';

/** A way to S3 on which bodies are harmed. `harms` is taken from its front; when it is empty, nothing is harmed. */
export async function startTampering(endpoint: string) {
  const harms: Harm[] = [];
  let reads = 0;
  const server = createServer((incoming, answer) => {
    const { method, headers, url } = incoming;
    const onward = request(new URL(url ?? '/', endpoint), { method, headers }, (response) => {
      const harm = method === 'GET' && !url?.includes('list-type') ? (harms.shift() ?? 'none') : 'none';
      if (method === 'GET') reads += 1;
      if (harm === 'denied') {
        response.resume();
        answer.writeHead(403, { 'content-type': 'application/xml' }).end(DENIED);
        return;
      }
      answer.writeHead(response.statusCode ?? 500, response.headers);
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        if (harm === 'other byte') body[0] = (body[0] ?? 0) ^ 1;
        if (harm !== 'broken off') return answer.end(body);
        answer.write(body.subarray(0, body.length / 2), () => answer.destroy());
      });
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    harms,
    reads: () => reads,
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
