import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@groundwork/service';
import { Config } from './config.ts';
import { forgetState, stateInUse } from './state.ts';

/** Forgets all state of the development stack, which must not be running. */
const root = fileURLToPath(new URL('../../..', import.meta.url));
const config = loadConfig(Config, process);
const dir = resolve(root, config.GROUNDWORK_STATE_DIR);
const inUse = await stateInUse(dir);
if (inUse !== undefined) {
  process.stderr.write(`${inUse}\n`);
  process.exit(1);
}
forgetState(dir);
process.stdout.write(
  `The state in ${config.GROUNDWORK_STATE_DIR}/ is gone; the next npm start begins empty.\n`,
);
