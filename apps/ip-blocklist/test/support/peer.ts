/**
 * What runs inside a network namespace and speaks to the test by messages:
 * `echo` answers UDP and TCP at PORT and 22, `ask` sends from the addresses it is told.
 */
import { createSocket, type Socket } from 'node:dgram';
import { connect, createServer } from 'node:net';

export const PORT = 7_007;
const SSH = 22;
/** Longer than any answer takes here, shorter than TCP's second attempt, in ms. */
const PATIENCE_MS = 200;

export type Question =
  | { id: number; kind: 'udp' | 'tcp'; from: string; to: string; count: number; everyMs: number }
  | { id: number; kind: 'stream'; from: string; to: string; everyMs: number }
  | { id: number; kind: 'stop' }
  | { id: number; kind: 'hold' | 'use'; from: string; to: string };

export interface Answer {
  id: number;
  sent: number;
  answered: number;
}

const say = (answer: Answer): void => void process.send?.(answer);
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function echo(): void {
  for (const type of ['udp4', 'udp6'] as const) {
    const socket = createSocket({ type, ipv6Only: type === 'udp6' });
    socket.on('message', (text, { address, port }) => socket.send(text, port, address, () => undefined));
    socket.bind(PORT);
  }
  for (const port of [PORT, SSH]) {
    const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    server.listen(port, '::');
  }
}

function openStream({ from, to, everyMs }: { from: string; to: string; everyMs: number }) {
  const socket: Socket = createSocket(from.includes(':') ? 'udp6' : 'udp4');
  const answered = new Set<string>();
  let sent = 0;
  socket.on('message', (text) => answered.add(String(text)));
  socket.bind(0, from);
  const send = (): void => socket.send(String((sent += 1)), PORT, to, () => undefined);
  const timer = setInterval(send, everyMs);
  return {
    sent: () => sent,
    async close() {
      clearInterval(timer);
      await wait(PATIENCE_MS);
      socket.close();
      return { sent, answered: answered.size };
    },
  };
}

function connects(from: string, to: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: to, port: PORT, localAddress: from });
    const done = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.setTimeout(PATIENCE_MS, () => done(false));
  });
}

function ask(): void {
  let stream: ReturnType<typeof openStream> | undefined;
  let held: ReturnType<typeof connect> | undefined;
  const onQuestion = async (question: Question): Promise<void> => {
    const { id } = question;
    switch (question.kind) {
      case 'stream':
        stream = openStream(question);
        return say({ id, sent: 0, answered: 0 });
      case 'stop':
        return say({ id, ...(await stream!.close()) });
      case 'udp': {
        const one = openStream(question);
        while (one.sent() < question.count) await wait(question.everyMs);
        return say({ id, ...(await one.close()) });
      }
      case 'tcp': {
        const tries = await Promise.all(
          Array.from({ length: question.count }, () => connects(question.from, question.to)),
        );
        return say({ id, sent: tries.length, answered: tries.filter(Boolean).length });
      }
      case 'hold':
        held = connect({ host: question.to, port: SSH, localAddress: question.from });
        held.once('connect', () => say({ id, sent: 1, answered: 1 }));
        return;
      case 'use': {
        const back = new Promise<number>((resolve) => held!.once('data', () => resolve(1)));
        held!.write('still there');
        return say({ id, sent: 1, answered: await Promise.race([back, wait(1_000).then(() => 0)]) });
      }
    }
  };
  process.on('message', (question: Question) => void onQuestion(question));
}

if (process.argv[2] === 'echo') echo();
if (process.argv[2] === 'ask') ask();
if (process.argv[2] === 'relay') {
  // From a namespace to the test, which no network connects: by a socket that is a file.
  const [, , , host = '', port = '', path = ''] = process.argv;
  const server = createServer((from) => {
    const to = connect(path);
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      one
        .on('error', () => other.destroy())
        .on('close', () => other.destroy())
        .pipe(other);
    }
  });
  server.listen(Number(port), host);
}
if (process.argv[2] !== undefined) {
  process.on('disconnect', () => process.exit(0));
  process.send?.('ready');
}
