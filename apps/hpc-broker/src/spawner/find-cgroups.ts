import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hierarchy } from './cgroups.ts';

/**
 * The hierarchies in which this process may make groups, each below the group that it is in itself.
 * None on other systems than Linux, and where /sys/fs/cgroup is read-only, as in most containers.
 */
export function findCgroups(engineId: string): Hierarchy[] {
  const mounts = read('/proc/self/mountinfo').split('\n').flatMap(mountOf);
  const own = read('/proc/self/cgroup').split('\n').flatMap(membershipOf);
  return own.flatMap(({ controllers, path }): Hierarchy[] => {
    const version = controllers.length === 0 ? 2 : 1;
    const mount = mounts.find((one) =>
      version === 2 ? one.type === 'cgroup2' : controllers.every((name) => one.options.includes(name)),
    );
    // Named hierarchies belong to systemd; cpuset takes nobody before it has been told of processors.
    if (
      mount === undefined ||
      (version === 1 && !controllers.some((name) => name === 'memory' || name === 'pids'))
    )
      return [];
    const parent = join(mount.at, path.startsWith(mount.root) ? path.slice(mount.root.length) : path);
    return ours(parent, `groundwork-${engineId}`, version, controllers);
  });
}

function ours(parent: string, name: string, version: 1 | 2, controllers: readonly string[]): Hierarchy[] {
  const dir = join(parent, name);
  try {
    mkdirSync(dir, { recursive: true });
    const usable = version === 1 ? controllers : delegate(parent, dir);
    accessSync(join(dir, 'cgroup.procs'), constants.W_OK);
    return [{ version, controllers: new Set(usable), dir }];
  } catch {
    return [];
  }
}

/**
 * Version 2 gives a group a controller only if its parent passes it on, and a group that has processes of
 * its own may not (the "no internal process" rule, cgroup-v2.rst). Then groups still kill; limits need
 * the service to be started in a group that delegates, such as Delegate=yes of systemd with a subgroup.
 */
function delegate(parent: string, dir: string): string[] {
  const wanted = ['memory', 'pids'].filter((name) =>
    words(join(parent, 'cgroup.controllers')).includes(name),
  );
  for (const at of [parent, dir]) {
    for (const name of wanted) {
      try {
        writeFileSync(join(at, 'cgroup.subtree_control'), `+${name}`);
      } catch {
        // What is not passed on is missing from the list that is read below.
      }
    }
  }
  return words(join(dir, 'cgroup.subtree_control'));
}

const words = (path: string): string[] => read(path).trim().split(/\s+/);

/** `36 35 98:0 /root /at options … - type source superoptions` (proc(5)). */
function mountOf(line: string): { root: string; at: string; type: string; options: string[] }[] {
  const [before, after] = line.split(' - ');
  const [, , , root, at] = before?.split(' ') ?? [];
  const [type, , options] = after?.split(' ') ?? [];
  if (root === undefined || at === undefined || type === undefined || !type.startsWith('cgroup')) return [];
  return [{ root: root === '/' ? '' : root, at, type, options: options?.split(',') ?? [] }];
}

/** `4:memory:/path`; version 2 is `0::/path` (cgroups(7)). */
function membershipOf(line: string): { controllers: string[]; path: string }[] {
  const match = /^\d+:([^:]*):(.*)$/.exec(line);
  if (match === null) return [];
  return [{ controllers: match[1] === '' ? [] : match[1]!.split(','), path: match[2]! }];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
