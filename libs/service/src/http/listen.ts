import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Component } from '../lifecycle.ts';
import type { Logger } from '../logger.ts';

export interface HttpServer extends Component {
  readonly server: Server;
  /** `http://127.0.0.1:3002`, once started. */
  readonly url: string;
}

/**
 * Longer than a load balancer in front keeps a connection without requests (60 s at an ALB by default): who closes first
 * must be the one who sends, or a request meets a connection that is just being closed.
 */
const KEEP_ALIVE_MS = 65_000;

/** A listening server that, on stop, finishes the requests it has and accepts no more. */
export function createHttpServer(
  listener: RequestListener,
  options: { host: string; port: number; maxHeaderBytes?: number; logger?: Logger },
): HttpServer {
  const limits = options.maxHeaderBytes === undefined ? {} : { maxHeaderSize: options.maxHeaderBytes };
  const server = createServer(limits);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const sockets = new Set<Socket>();
  /** By connection, the last answer, which may have been sent. */
  const answers = new WeakMap<Socket, ServerResponse>();
  let stopping = false;
  // A kept connection would hold up the stop for its idle time, and bring further requests until then.
  const answerLast = (res: ServerResponse): void => {
    if (res.headersSent) res.once('close', () => server.closeIdleConnections());
    else res.setHeader('connection', 'close');
  };
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (req, res: ServerResponse) => {
    // As little as can be: this runs for every request.
    answers.set(req.socket, res);
    if (stopping) answerLast(res);
  });
  server.on('request', listener);
  return {
    name: 'http server',
    server,
    get url() {
      return urlOf(server);
    },
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, options)));
        server.listen(options.port, options.host, () => {
          options.logger?.info(`listening on ${urlOf(server)}`);
          resolve();
        });
      }),
    stop: (signal) =>
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        stopping = true;
        for (const socket of sockets) {
          const res = answers.get(socket);
          if (res !== undefined && !res.writableFinished) answerLast(res);
        }
        server.close(() => resolve());
        server.closeIdleConnections();
        if (signal.aborted) server.closeAllConnections();
        else signal.addEventListener('abort', () => server.closeAllConnections(), { once: true });
      }),
  };
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function explain(error: NodeJS.ErrnoException, options: { host: string; port: number }): Error {
  if (error.code === 'EADDRINUSE') {
    return new Error(
      `Port ${options.port} on ${options.host} is already in use; stop what holds it or set PORT to another one.`,
      { cause: error },
    );
  }
  if (error.code === 'EACCES') {
    return new Error(`Not allowed to listen on port ${options.port}; set PORT to one above 1023.`, {
      cause: error,
    });
  }
  return error;
}
