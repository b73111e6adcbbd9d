import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '@groundwork/service';
import { addressOf } from './headers.ts';
import type { Denial } from './network-acl.ts';

/**
 * Drops connections that the network ACL denies, when they are opened. Of AWS such a client hears
 * nothing until it loses patience; here it is told sooner, by a connection that ends.
 */
export function filterConnections(
  server: Server,
  denialOf: (address: string) => Denial | undefined,
  logger: Logger,
): void {
  server.on('connection', (socket: Socket) => {
    const client = addressOf(socket);
    const denial = denialOf(client);
    if (denial === undefined) return;
    logger.info({ client, ...denial }, 'the network ACL denies a connection');
    socket.destroy();
  });
}
