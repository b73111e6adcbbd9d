import {
  defineFunction,
  exported,
  instanceLibrary,
  script,
  type Environment,
} from '../../constructs/user-data/lines.ts';

/** What a node does when it starts: it counts when it is ready, and one that cannot be is given up. */
export const bootLines = (settings: Environment): string[] => [
  'set -uo pipefail',
  ...exported(settings),
  ...instanceLibrary(),
  ...defineFunction('become_a_node', [
    script(new URL('../../constructs/efa-install.sh', import.meta.url)),
    script(new URL('mpi-node.sh', import.meta.url)),
  ]),
  'if become_a_node; then finish_launch CONTINUE; else finish_launch ABANDON; fi',
];
