import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentReport } from '@groundwork/contracts';
import { programOf } from '@groundwork/service/testing';
import { versionOf } from '../../src/domain/export/version.ts';
import { connect, openNamespace, type Namespace } from './namespaces.ts';
import type { Answer, Question } from './peer.ts';

const PEER = programOf(new URL('peer.ts', import.meta.url));
const AGENT = programOf(new URL('../../src/agent/main.ts', import.meta.url));

/** Where the service is, as the host sees it. */
const SERVICE = { host: '192.0.2.10', port: 3_001 };

/** The host's address in the network of each source. */
export const hostFor = (source: string): string =>
  source.includes(':') ? '2001:db8:1::1' : source.replace(/\d+$/, '254');

export type Tries = Pick<Answer, 'sent' | 'answered'>;
type Ask = Question extends infer Q ? (Q extends Question ? Omit<Q, 'id'> : never) : never;

/** A host with an agent, and a world of senders around it, one of which is the service. */
export interface Lab {
  host: Namespace;
  folder: string;
  ask(question: Ask): Promise<Tries>;
  /** Whether everything, or nothing, from there comes through; by TCP and UDP. */
  passes(source: string): Promise<boolean>;
  /** What answers as the service; undefined: nothing does. */
  serve(listener: RequestListener | undefined): void;
  startAgent(env?: Record<string, string>, ...args: string[]): RunningAgent;
  close(): Promise<void>;
}

export interface RunningAgent {
  output(): string;
  end(signal: NodeJS.Signals): Promise<void>;
  exited: Promise<unknown>;
}

export async function openLab(): Promise<Lab> {
  const namespaces: Namespace[] = [];
  const children: ChildProcess[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'lab-'));
  let server: Server | undefined;
  const close = async (): Promise<void> => {
    for (const child of children) await ended(child, 'SIGKILL');
    server?.closeAllConnections();
    server?.close();
    for (const namespace of namespaces) namespace.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const [host, world] = [openNamespace(), openNamespace()];
    namespaces.push(host, world);
    connect(host, world, [
      ['198.51.100.254/24', '203.0.113.254/24', '192.0.2.254/24', '2001:db8:1::1/64'],
      [
        '198.51.100.7/24',
        '198.51.100.8/24',
        '198.51.100.9/24',
        '203.0.113.1/24',
        '192.0.2.10/24',
        '2001:db8:1::7/64',
        '2001:db8:1::8/64',
      ],
    ]);
    const start = (
      where: Namespace,
      args: string[],
      env: NodeJS.ProcessEnv = {},
      stdio: 'ipc' | 'ignore' = 'ipc',
    ) => {
      const child = spawn(
        'ip',
        ['netns', 'exec', where.name, process.execPath, '--disable-warning=ExperimentalWarning', ...args],
        {
          env: { PATH: process.env['PATH'], ...env },
          stdio: ['ignore', 'pipe', process.env['TEST_LOG'] === undefined ? 'pipe' : 'inherit', stdio],
        },
      );
      children.push(child);
      return child;
    };
    const path = join(folder, 'service');
    const { host: address, port } = SERVICE;
    const helpers = [
      start(host, [PEER, 'echo']),
      start(world, [PEER, 'ask']),
      start(world, [PEER, 'relay', address, String(port), path]),
    ];
    await Promise.all(helpers.map((child) => once(child, 'message')));
    const asker = helpers[1]!;
    asker.setMaxListeners(0);
    let asked = 0;

    const lab: Lab = {
      host,
      folder,
      close,
      ask: (question) =>
        new Promise((resolve) => {
          const id = (asked += 1);
          const onAnswer = (answer: Answer): void => {
            if (answer.id !== id) return;
            asker.off('message', onAnswer);
            resolve({ sent: answer.sent, answered: answer.answered });
          };
          asker.on('message', onAnswer);
          asker.send({ ...question, id });
        }),
      async passes(from) {
        const to = hostFor(from);
        const tries = await Promise.all([
          lab.ask({ kind: 'tcp', from, to, count: 3, everyMs: 0 }),
          lab.ask({ kind: 'udp', from, to, count: 5, everyMs: 5 }),
        ]);
        const answered = tries.reduce((sum, one) => sum + one.answered, 0);
        if (tries.every((one) => one.answered === one.sent)) return true;
        if (answered === 0) return false;
        throw new Error(`some of what ${from} sends comes through: ${JSON.stringify(tries)}`);
      },
      serve(listener) {
        server?.closeAllConnections();
        server?.close();
        rmSync(path, { force: true });
        server = listener === undefined ? undefined : createServer(listener).listen(path);
      },
      startAgent(env = {}, ...args) {
        const child = start(
          host,
          [AGENT, ...args],
          {
            BLOCKLIST_URL: `http://${address}:${port}`,
            AGENT_NAME: 'web-1',
            POLL_SECONDS: '0.2',
            STATE_FILE: join(folder, 'state/list.json'),
            ...env,
          },
          'ignore',
        );
        let output = '';
        child.stdout!.on('data', (text: Buffer) => (output += String(text)));
        child.stderr?.on('data', (text: Buffer) => (output += String(text)));
        return {
          output: () => output,
          exited: once(child, 'exit').then(([code]) => code as unknown),
          end: (signal) => ended(child, signal),
        };
      },
    };
    return lab;
  } catch (error) {
    await close();
    throw error;
  }
}

/** Passes on to a service elsewhere, as a proxy does. */
export function passedOn(url: string): RequestListener {
  return (req, res) => {
    const { hostname, port } = new URL(url);
    const { method, headers, url: path } = req;
    const onward = request({ hostname, port, method, headers, path }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  };
}

/** A list as the service exports it, which can be changed, and what agents have reported of it. */
export function createStub(initial: readonly string[]) {
  let networks: readonly string[] = initial;
  const state = {
    reports: [] as AgentReport[],
    version: '',
    /** What is made of an answer on its way. */
    spoil: (text: string) => text,
    set(list: readonly string[]) {
      networks = list;
      state.version = versionOf('json', networks.map((one) => `${one}\n`).join(''), []);
    },
    listener: ((req, res) => {
      if (req.method === 'POST') {
        let text = '';
        req.on('data', (piece: Buffer) => (text += String(piece)));
        req.on('end', () => {
          state.reports.push(JSON.parse(text) as AgentReport);
          res.writeHead(204).end();
        });
      } else if (req.headers['if-none-match'] === `"${state.version}"`) res.writeHead(304).end();
      else res.end(state.spoil(JSON.stringify({ version: state.version, networks, countries: [] })));
    }) satisfies RequestListener,
    isEnforced: () => state.reports.at(-1)?.version === state.version,
  };
  state.set(initial);
  return state;
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}
