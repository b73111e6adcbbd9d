import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { attemptFiles } from './attempt-files.ts';
import { BrokerDoor } from './broker-door.ts';
import { Cgroups } from './cgroups.ts';
import { Fence } from './fence.ts';
import { removeTree } from './files.ts';
import { findCgroups } from './find-cgroups.ts';
import { bootId } from './identity.ts';
import { limitsOf } from './limits.ts';
import { takeLock } from './lock.ts';
import type { Reached } from './points.ts';
import { LOCK, SETTINGS, SOCKET, type SpawnerSettings } from './protocol.ts';
import { Spawner } from './spawner.ts';

/** In ms. */
const SWEEP_EVERY = 100;

/**
 * The process that starts the attempts of one state directory. It is small and has no other work, because
 * fork copies what its parent has mapped: 0.6 ms from here, 27–31 ms from a broker with 560 MB of heap.
 * It lives on when its broker is killed, and does so until `orphanSeconds` have passed without another.
 *
 * Exits 0 when it is done, or when another one serves the directory already.
 */
export async function runSpawner(stateDir: string, reached: Reached, exit: () => never): Promise<void> {
  // Whoever starts it again does not know that the directory was removed meanwhile.
  if (!existsSync(join(stateDir, SETTINGS))) exit();
  // Paths of sockets are short, and those of state directories need not be.
  process.chdir(stateDir);
  for (const dir of ['attempts', 'work', 'trash']) mkdirSync(join(stateDir, dir), { recursive: true });
  const lock = takeLock(stateDir, LOCK);
  if (lock === undefined) exit();
  for (const left of readdirSync(join(stateDir, 'trash'))) removeTree(join(stateDir, 'trash', left));

  let settings = readSettings(stateDir);
  const cgroups = new Cgroups(settings.useCgroups ? findCgroups(settings.engineId) : []);
  const fence = new Fence(join(stateDir, 'heard'));
  const spawner = new Spawner({
    stateDir,
    settings,
    files: attemptFiles(stateDir),
    cgroups,
    boot: bootId(),
    reached,
    onChange: (name) => door.tell(name),
    log,
  });
  cgroups.tidy();
  let whenIdle: (() => void) | undefined;

  const leave = (): never => {
    clearInterval(timer);
    cgroups.close();
    rmSync(join(stateDir, SOCKET), { force: true });
    lock.release();
    return exit();
  };

  const door = new BrokerDoor({
    free: () => spawner.free(),
    limits: () => limitsOf(cgroups, settings),
    names: () => spawner.names(),
    async submit({ runs }) {
      if (!isOrphaned()) return spawner.submit(runs);
      const reason = `the broker has not beaten for ${settings.orphanSeconds} s, so nothing is started`;
      return runs.map(() => ({ accepted: false, reason, forGood: false }));
    },
    look: ({ names }) => spawner.look(names),
    cancel: ({ names }) => spawner.cancel(names),
    forget: ({ names }) => spawner.forget(names),
    beat: () => fence.beat(),
    hello() {
      settings = readSettings(stateDir);
      spawner.configure(settings);
    },
    async end() {
      spawner.endAll('cancel');
      if (!spawner.isIdle) await new Promise<void>((resolve) => (whenIdle = resolve));
    },
    leave,
  });

  const isOrphaned = (): boolean => fence.silentSeconds() > settings.orphanSeconds;
  const fall = (): void => {
    if (!isOrphaned()) return;
    spawner.endAll('lost', `no broker was heard of for ${settings.orphanSeconds} s, so it was killed`);
  };
  // What it finds may be running elsewhere by now, and a broker that is about to connect must not save it.
  fall();
  const timer = setInterval(() => {
    fall();
    spawner.sweep();
    if (!spawner.isIdle) return;
    whenIdle?.();
    // Not before its own broker had the time to connect.
    if (isOrphaned() && !door.hasBroker && performance.now() > settings.orphanSeconds * 1_000) leave();
  }, SWEEP_EVERY);

  rmSync(SOCKET, { force: true });
  await door.listen(SOCKET);
}

/** To spawner.log, by its broker. */
function log(message: string): void {
  try {
    writeSync(2, `${new Date().toISOString()} ${message}\n`);
  } catch {
    // The disk is full, which must not end what runs.
  }
}

function readSettings(stateDir: string): SpawnerSettings {
  return JSON.parse(readFileSync(join(stateDir, SETTINGS), 'utf8')) as SpawnerSettings;
}
