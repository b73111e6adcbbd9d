import {
  defineFunction,
  exported,
  instanceLibrary,
  script,
  writeFile,
} from '../../constructs/user-data/lines.ts';

export interface BootSettings {
  /** Of Auto Scaling, and the hook that its launches wait for. */
  group: string;
  hook: string;
  /** Where the function attaches the volume, and where it is mounted. */
  device: string;
  mount: string;
  /** Lines of bash that start what the instance is for, once the volume is mounted; they end when it serves. */
  startService: readonly string[];
  /** Lines of bash that stop whatever has files open there. */
  stopService: readonly string[];
}

const file = (name: string): string => script(new URL(name, import.meta.url));

/** What an instance does when it starts, to have the volume. */
export const bootLines = ({
  group,
  hook,
  device,
  mount,
  startService,
  stopService,
}: BootSettings): string[] => [
  'set -uo pipefail',
  ...exported({ GROUP: group, HOOK: hook, DEVICE: device, MOUNT: mount }),
  ...instanceLibrary(),
  ...writeFile('/usr/local/sbin/data-volume', file('data-volume.sh'), '755'),
  ...writeFile(
    '/usr/local/sbin/stop-service',
    ['#!/bin/bash', 'set -euo pipefail', ...stopService].join('\n'),
    '755',
  ),
  'mkdir -p "${DESTDIR:-}/etc/systemd/system"',
  ...defineFunction('start_service', startService),
  file('boot.sh'),
];
