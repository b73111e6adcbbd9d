// One broker as a process of its own: it says where it listens, and may be told where to die.
import { startBroker } from './broker.ts';
import { dyingAt } from './dying.ts';

const { DATABASE_URL = '', STATE_DIR, DIE_AT, DIE_NTH = '1', ...env } = process.env;
const broker = await startBroker({
  databaseUrl: DATABASE_URL,
  stateDir: STATE_DIR,
  settings: Object.fromEntries(
    Object.entries(env).filter(([name]) => /^(LOCAL|SLURM|BATCH|DATASYNC|AWS)_/.test(name)),
  ) as Record<string, string>,
  ...(DIE_AT === undefined ? {} : { around: dyingAt(DIE_AT, Number(DIE_NTH)) }),
});
process.once('SIGTERM', () => void broker.stop().then(() => process.exit(0)));
process.stdout.write(`${broker.url}\n`);
