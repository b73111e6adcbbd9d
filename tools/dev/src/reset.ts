import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@groundwork/service';
import { Config } from './config.ts';
import { busyPorts } from './ports.ts';
import { stages } from './processes.ts';

/** Forgets all state of the development stack, which must not be running. */
const root = fileURLToPath(new URL('../../..', import.meta.url));
const config = loadConfig(Config, process);
const busy = await busyPorts(stages(config).flat());
if (busy.length > 0) {
  process.stderr.write(`The stack seems to be running; stop it first.\n${busy.join('\n')}\n`);
  process.exit(1);
}
rmSync(resolve(root, config.GROUNDWORK_STATE_DIR), { recursive: true, force: true });
process.stdout.write(`${config.GROUNDWORK_STATE_DIR}/ is gone; the next npm start begins empty.\n`);
