import { request, type Agent, type IncomingHttpHeaders } from 'node:http';

/** `lost`: the connection ended without an answer. `late`: none came in time. */
export type Status = number | 'lost' | 'late';

export interface Sent {
  method?: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Buffer;
}

export interface Reply {
  status: Status;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** In ms of `performance.now()`. */
  began: number;
  ended: number;
  /** It went over a connection that was there already, which the other end may just have been closing. */
  isReused: boolean;
  /** Why it is lost. */
  error?: Error | undefined;
}

/** One request to a port of this machine. Never rejects. */
export function send(agent: Agent, port: number, sent: Sent, timeoutMs: number): Promise<Reply> {
  const began = performance.now();
  return new Promise((resolve) => {
    let headers: IncomingHttpHeaders = {};
    const end = (status: Status, body: Buffer, error?: Error): void => {
      clearTimeout(timer);
      resolve({ status, headers, body, began, ended: performance.now(), isReused: req.reusedSocket, error });
    };
    const { method = 'GET', path, body } = sent;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const type = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
    const options = {
      agent,
      port,
      host: '127.0.0.1',
      method,
      path,
      headers: { ...type, ...length, ...sent.headers },
    };
    const req = request(options, (res) => {
      headers = res.headers;
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.once('end', () => end(res.statusCode ?? 0, Buffer.concat(chunks)));
      res.once('error', (error) => end('lost', Buffer.alloc(0), error));
    });
    const timer = setTimeout(() => {
      end('late', Buffer.alloc(0));
      req.destroy();
    }, timeoutMs);
    req.once('error', (error) => end('lost', Buffer.alloc(0), error));
    req.end(body);
  });
}
