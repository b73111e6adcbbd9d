import type { RunRecord } from './claim.ts';

/**
 * The shell around each command, leader of its session and process group. It outlives the spawner, so that
 * the exit code is there when nobody looked. Two forks per attempt and no program besides the command: all
 * else is builtin, and the same in dash, busybox and bash.
 *
 * 1. It joins its cgroups and sets its limits. Whatever fails up to here ends it, and nothing has run.
 * 2. It creates `claim` with O_EXCL (`set -C`). If that is there already, it ends, and nothing has run.
 * 3. It runs the command. Signals to the group reach the command; the wrapper itself only takes note (a trap
 *    is reset in what it runs, an ignored signal would be inherited).
 * 4. It appends the exit code to `claim`. One write of a few bytes is there as a whole or not at all for
 *    whoever reads on this machine, so there is no rename, which would be a third fork.
 * 5. It kills its own group, itself included: what the command has left in the background ends with it, and
 *    no number of a process is used that may be a stranger's by now.
 *
 * Nothing is fsynced here, and that loses nothing: only a power cut takes back a write that was done, and
 * after one the code is of use only to a broker that has not recorded the end yet; it then learns `lost`, of
 * an attempt whose own output may be gone as well. What has to be durable is that the attempt was taken:
 * the spawner syncs `attempts/` before it starts anything.
 *
 * Arguments: the attempt's directory, files of cgroups to join, KiB of address space or nothing, boot id,
 * what is to be known of it later.
 */
const LINUX_START = `
start_of() { shift 19; start=$1; }
read -r stat </proc/$$/stat
start_of \${stat##*) }`;

const PS_START = `
start=$(ps -o lstart= -p $$ | tr -s ' ' _)
start=\${start%_}`;

const wrapper = (start: string): string => `
dir=$1 groups=$2 memory=$3 boot=$4 record=$5
shift 5
exec >"$dir/stdout" 2>"$dir/stderr" || exit 2
for group in $groups; do echo 0 >"$group" || exit 2; done
[ -z "$memory" ] || ulimit -v "$memory" || exit 2
${start}
unset PWD OLDPWD SHLVL
set -C
{ printf '%s %s %s %s\\n' "$$" "$start" "$boot" "$record" >"$dir/claim"; } 2>/dev/null || exit 2
set +C
trap : HUP INT QUIT TERM USR1 USR2
"$@" </dev/null
code=$?
echo "$code" >>"$dir/claim" && kill -KILL 0
exit "$code"
`;

/** The words that start `argv` inside the wrapper. */
export function wrapped(
  argv: readonly string[],
  options: {
    dir: string;
    groups: readonly string[];
    addressKiB: number | undefined;
    boot: string;
    record: RunRecord;
  },
): string[] {
  const script = wrapper(process.platform === 'linux' ? LINUX_START : PS_START);
  const { dir, groups, addressKiB, boot, record } = options;
  return [
    '-c',
    script,
    'groundwork',
    dir,
    groups.join(' '),
    String(addressKiB ?? ''),
    boot,
    JSON.stringify(record),
    ...argv,
  ];
}
