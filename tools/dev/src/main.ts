import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@groundwork/service';
import { board } from './board.ts';
import { Config } from './config.ts';
import { createLinePrinter } from './log-lines.ts';
import { busyPorts, sharedPorts } from './ports.ts';
import { stages } from './processes.ts';
import { claimState, stateInUse } from './state.ts';
import { Supervisor } from './supervisor.ts';

/** One Ctrl-C arrives twice: from the terminal, and again through npm. */
const SAME_SIGNAL_MS = 500;
const PARENT_CHECK_MS = 1_000;

const began = performance.now();
const config = loadConfig(Config, process);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const specs = stages(config);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const stateDir = resolve(root, config.GROUNDWORK_STATE_DIR);
/** What Node compiles is kept between starts, which halves the time a service needs to start. */
const NODE_COMPILE_CACHE = resolve(root, 'node_modules/.cache/node-compile-cache');

const shared = sharedPorts(specs.flat());
const busy = shared.length > 0 ? shared : await busyPorts(specs.flat());
const inTheWay = [...busy, (await stateInUse(stateDir)) ?? []].flat();
if (inTheWay.length > 0) {
  process.stderr.write(`${inTheWay.join('\n')}\n`);
  process.exit(1);
}
claimState(stateDir);

const supervisor = new Supervisor({
  stages: specs,
  root,
  env: { NODE_COMPILE_CACHE, ...process.env },
  say,
  onLine: createLinePrinter({
    colour: process.stdout.isTTY,
    write: (line) => void process.stdout.write(line),
  }),
});

function stop(): void {
  say('Stopping: each process finishes what it has begun. Ctrl-C again kills.');
  void supervisor.stop().then(() => {
    say('Stopped.');
    process.exit(0);
  });
}

let firstSignalAt: number | undefined;
function onSignal(): void {
  if (firstSignalAt === undefined) {
    firstSignalAt = performance.now();
    stop();
  } else if (performance.now() - firstSignalAt > SAME_SIGNAL_MS) {
    supervisor.killAll();
    process.exit(1);
  }
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

// npm may be killed without passing anything on, and with it whoever read our output.
process.stdout.on('error', () => undefined);
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent && !supervisor.stopping) stop();
}, PARENT_CHECK_MS).unref();

try {
  await supervisor.start();
  if (!supervisor.stopping) say(board(config, (performance.now() - began) / 1000));
} catch (error) {
  say((error as Error).message);
  await supervisor.stop();
  process.exit(1);
}
