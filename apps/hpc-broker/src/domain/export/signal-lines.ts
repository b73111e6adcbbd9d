import type { JobSpec } from '@groundwork/contracts';

type Signal = NonNullable<JobSpec['checkpoint']>['signal'];

/** Of Linux on x86 and ARM, see signal(7). */
const NUMBERS: Readonly<Record<Signal, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
};

/** USR1 */
export const shortName = (signal: Signal): string => signal.slice('SIG'.length);

export interface Heard {
  /** What this shell is sent. */
  trapped: string;
  /** What the program then gets. */
  signal: Signal;
  /** What is run, as a shell has it. */
  command: string;
  /** Whose processes they are: those of a process group of their own, or all of this session. */
  of: 'group' | 'session';
  /** A file that is nobody else's, as a word of a shell. */
  result: string;
}

/**
 * POSIX shell: runs a command and hands it a signal; then `code` is how it ended and `asked` is not empty when
 * it was sent the signal. Only processes that handle it get it: to the shell around a program it would be the end.
 * SigCgt in /proc/…/status is a mask of 16 hexadecimal digits, see proc(5).
 */
export function hearingLines({ trapped, signal, command, of, result }: Heard): string[] {
  const number = NUMBERS[signal];
  // state ppid pgrp session: what follows the name in /proc/…/stat.
  const isOurs = of === 'group' ? '[ "$3" = "$child" ]' : '[ "$4" = "$session" ]';
  return [
    'hand_on() {',
    '  asked=yes',
    '  for status in /proc/[0-9]*/status; do',
    '    pid=${status#/proc/} pid=${pid%/status}',
    '    { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || continue',
    '    set -- ${stat##*) }',
    `    ${isOurs} && [ "$pid" != $$ ] || continue`,
    '    { while read -r key mask; do',
    `      if [ "$key" = SigCgt: ] && [ $((0x\${mask#????????} >> ${number - 1} & 1)) = 1 ]; then kill -${shortName(signal)} "$pid"; fi`,
    '    done <"$status"; } 2>/dev/null',
    '  done',
    '}',
    'asked=',
    ...(of === 'session'
      ? ['read -r stat <"/proc/$$/stat"', 'own() { session=$4; }', 'own ${stat##*) }']
      : ['set -m']),
    `rm -f ${result}`,
    `( ${of === 'session' ? 'trap - INT QUIT; ' : ''}${command}; echo $? >${result} ) &`,
    'child=$!',
    ...(of === 'group' ? ['set +m'] : []),
    `trap hand_on ${trapped}`,
    '# Not by wait: one that a signal has interrupted may wait for ever in bash.',
    `while [ ! -s ${result} ] && kill -0 "$child" 2>/dev/null; do sleep 0.5; done`,
    `code=$(cat ${result} 2>/dev/null)`,
    'code=${code:-1}',
    `trap '' ${trapped}`,
    `rm -f ${result}`,
  ];
}
