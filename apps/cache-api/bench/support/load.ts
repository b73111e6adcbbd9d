import { connect, type Socket } from 'node:net';

export interface Request {
  method?: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

/**
 * Sends the request `count` times over kept connections, each with one on its way, and throws for any answer
 * whose status is another one. As plain as can be: it shares the machine with what is measured.
 */
export async function load(
  port: number,
  request: Request,
  { count, connections, status }: { count: number; connections: number; status: number },
): Promise<void> {
  const bytes = encode(request);
  const expected = Buffer.from(`HTTP/1.1 ${status}`);
  let left = count;
  const work = (socket: Socket): Promise<void> =>
    new Promise((resolve, reject) => {
      let missing = 0;
      const next = (): void => {
        if (left === 0) {
          socket.destroy();
          return resolve();
        }
        left -= 1;
        socket.write(bytes);
      };
      socket.on('data', (chunk) => {
        let rest = chunk;
        if (missing === 0) {
          if (!rest.subarray(0, expected.length).equals(expected)) {
            return reject(new Error(`another answer: ${rest.toString('latin1', 0, 200)}`));
          }
          const end = rest.indexOf('\r\n\r\n');
          if (end === -1) return reject(new Error('headers in pieces'));
          missing = lengthIn(rest.toString('latin1', 0, end));
          rest = rest.subarray(end + 4);
        }
        missing -= rest.length;
        if (missing === 0) next();
      });
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the connection was closed')));
      next();
    });
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1');
      socket.setNoDelay(true);
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      await work(socket);
    }),
  );
}

function encode({ method = 'GET', path, headers = {}, body = '' }: Request): Buffer {
  const all = {
    host: '127.0.0.1',
    ...headers,
    ...(body === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

function lengthIn(head: string): number {
  return Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
}
