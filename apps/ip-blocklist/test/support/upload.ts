import { once } from 'node:events';
import { createServer, request, type ClientRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Service } from './service.ts';

/** The service behind a real socket, which can be filled up and broken off. */
export async function listen(app: Service['app']): Promise<Server> {
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A bulk load of which the caller writes the lines and reads the answer itself. */
export function upload(server: Server): ClientRequest {
  const { port } = server.address() as AddressInfo;
  return request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/v1/entries/bulk',
    headers: { 'content-type': 'application/x-ndjson' },
    agent: false,
  });
}

export async function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}
