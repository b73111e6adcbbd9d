import { eventually, freePort } from '@groundwork/service/testing';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';

/** Why the program cannot be run here. */
export function missing(program: 'redis-server' | 'memcached'): string | undefined {
  const isThere = spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
  return isThere ? undefined : `there is no ${program}: apt-get install ${program}`;
}

/** None of them outlives the tests, not even when these are stopped in the middle. */
const started: ChildProcess[] = [];
process.once('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

/** A real server on loopback, on a port of its own. */
export interface TestServer {
  host: string;
  port: number;
  /** As a machine does that loses power. */
  kill(): Promise<void>;
  /** On the same port, empty. */
  start(): Promise<void>;
  /** It takes connections and says nothing. */
  pause(): Promise<void>;
  resume(): void;
}

export async function startRedis(args: readonly string[] = []): Promise<TestServer> {
  const still = ['--save', '', '--appendonly', 'no', '--daemonize', 'no', '--bind', '127.0.0.1'];
  return startServer((port) => ['redis-server', '--port', `${port}`, ...still, ...args], 'PING', '+PONG');
}

/** `listen`: where else, as `-l` takes it. */
export async function startMemcached(args: readonly string[] = [], listen = ''): Promise<TestServer> {
  // Not as root, which it refuses; nobody owns no files.
  const still = ['-U', '0', '-u', 'nobody', '-t', '2', ...args];
  const where = (port: number) => (listen === '' ? '127.0.0.1' : `notls:127.0.0.1:${port},${listen}`);
  return startServer((port) => ['memcached', '-l', where(port), '-p', `${port}`, ...still], 'mn', 'MN');
}

async function startServer(
  command: (port: number) => string[],
  ask: string,
  answer: string,
): Promise<TestServer> {
  const host = '127.0.0.1';
  const port = await freePort();
  let child: ChildProcess | undefined;
  const server: TestServer = {
    host,
    port,
    async kill() {
      const dying = child;
      child = undefined;
      if (dying === undefined || dying.exitCode !== null) return;
      const gone = once(dying, 'exit');
      dying.kill('SIGKILL');
      await gone;
    },
    async start() {
      const [program = '', ...args] = command(port);
      child = spawn(program, args, { stdio: 'ignore', cwd: '/tmp' });
      started.push(child);
      await eventually(async () => (await say(port, ask)).startsWith(answer), { everyMs: 10, what: program });
    },
    async pause() {
      child?.kill('SIGSTOP');
      await eventually(() => threadsOf(child!.pid!).every((state) => state === 'T'), { everyMs: 1 });
    },
    resume: () => void child?.kill('SIGCONT'),
  };
  await server.start();
  return server;
}

/** Their states, as in proc(5); a signal does not stop all of them at once. */
function threadsOf(pid: number): (string | undefined)[] {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).map((thread) =>
    readFileSync(`${folder}/${thread}/stat`, 'latin1').split(') ').at(-1)?.charAt(0),
  );
}

/** Says one line to a server, past our own clients, and gives what it answers first. Redis takes plain lines as well. */
export function say(port: number, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${line}\r\n`));
    socket.once('data', (bytes) => {
      resolve(bytes.toString('latin1'));
      socket.destroy();
    });
    socket.once('error', reject);
    socket.setTimeout(1_000, () => socket.destroy(new Error(`no answer to ${line}`)));
  });
}
