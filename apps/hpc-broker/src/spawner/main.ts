import { runSpawner } from './run-spawner.ts';

const [, , stateDir] = process.argv;
if (stateDir === undefined) throw new Error('usage: spawner STATE_DIRECTORY, absolute');

// It has to outlive whatever ends its broker; a broker ends it by asking.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE'] as const) process.on(signal, () => {});

await runSpawner(
  stateDir,
  () => {},
  () => process.exit(0),
);
