import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@groundwork/service';
import { Config } from './config.ts';
import { busyPorts } from './ports.ts';
import { stages } from './processes.ts';
import { forgetState, stateInUse } from './state.ts';

/** Forgets all state of the development stack, which must not be running. */
const root = fileURLToPath(new URL('../../..', import.meta.url));
const config = loadConfig(Config, process);
const dir = resolve(root, config.GROUNDWORK_STATE_DIR);
const reasons = [...(await busyPorts(stages(config).flat())), (await stateInUse(dir)) ?? []].flat();
if (reasons.length > 0) {
  process.stderr.write(`The stack seems to be running; stop it first.\n${reasons.join('\n')}\n`);
  process.exit(1);
}
forgetState(dir);
process.stdout.write(
  `The state in ${config.GROUNDWORK_STATE_DIR}/ is gone; the next npm start begins empty.\n`,
);
