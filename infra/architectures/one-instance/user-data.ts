import {
  defineFunction,
  exported,
  instanceLibrary,
  script,
  writeFile,
} from '../../constructs/user-data/lines.ts';

export interface BootSettings {
  allocationId: string;
  /** Of Auto Scaling, and the hook that its launches wait for. */
  group: string;
  hook: string;
  /** Lines of bash that start what the instance is for. They end when it serves; where one fails, the instance is given up. */
  startService: readonly string[];
}

const file = (name: string): string => script(new URL(name, import.meta.url));

/** What an instance does when it starts, to have the address. */
export const bootLines = ({ allocationId, group, hook, startService }: BootSettings): string[] => [
  'set -uo pipefail',
  ...exported({ ALLOCATION_ID: allocationId, GROUP: group, HOOK: hook }),
  ...instanceLibrary(),
  ...writeFile('/usr/local/sbin/attach-address', file('attach-address.sh'), '755'),
  ...writeFile('/etc/systemd/system/attach-address.timer', file('attach-address.timer')),
  ...defineFunction('start_service', startService),
  file('boot.sh'),
];
