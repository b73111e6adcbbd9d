import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ran {
  code: number | null;
  stderr: string;
  /** What the program got; undefined: it was not run. */
  words: string[] | undefined;
  environment: Record<string, string>;
  /** Calls of aws, and of scontrol. */
  calls: string[][];
}

/** Says what it was started as, by what the kernel knows of it, and ends as it is told. */
const RECORDER = `#!/bin/sh
/bin/cat "/proc/$$/environ" >"\${0%/*}/environ"
/bin/cat "/proc/$$/cmdline" >"\${0%/*}/cmdline"
[ ! -e "\${0%/*}/before-end" ] || . "\${0%/*}/before-end"
exit "$(/bin/cat "\${0%/*}/code")"
`;
/** Puts down what it was called with; a copy to here makes a file. */
const TOOL = `#!/bin/sh
here=\${0%/*}
for one in "\${0##*/}" "$@"; do printf '%s\\0' "$one" >>"$here/calls"; done
printf '\\n\\0' >>"$here/calls"
[ ! -e "$here/fail-\${0##*/}" ] || exit 1
for last in "$@"; do :; done
case $last in ./*) [ -e "$last" ] || echo brought >"$last" ;; esac
exit 0
`;

/** A directory with a program that says what it gets, and with tools that do nothing. */
export class ShellBench {
  readonly dir = mkdtempSync(join(tmpdir(), 'exports-'));
  readonly program = join(this.dir, 'program');

  constructor() {
    this.#write('program', RECORDER);
    this.#write('mpirun', RECORDER);
    for (const tool of ['aws', 'scontrol', 'srun']) this.#write(tool, TOOL);
    this.#write('sleep', '#!/bin/sh\nexec /bin/sleep 0.02\n');
  }

  /** Sourced by the program before it ends. */
  before(script: string): void {
    this.#write('before-end', script);
  }

  failing(tool: 'aws' | 'scontrol'): void {
    this.#write(`fail-${tool}`, '');
  }

  /** What the program does when it is started. */
  endsWith(code: number): void {
    writeFileSync(join(this.dir, 'code'), String(code));
  }

  /** One more, of which `here` is the directory. */
  tool(name: string, script: string): void {
    this.#write(name, `#!/bin/sh\nhere=\${0%/*}\n${script}\n`);
  }

  /** What the program got, after its interpreter and itself; undefined: it was not run. */
  words(): string[] | undefined {
    return existsSync(join(this.dir, 'cmdline')) ? this.#read('cmdline').slice(2, -1) : undefined;
  }

  run(shell: readonly [string, ...string[]], given: { env: Record<string, string>; code?: number }): Ran {
    for (const file of ['environ', 'cmdline', 'calls']) rmSync(join(this.dir, file), { force: true });
    this.endsWith(given.code ?? 0);
    const submitted = mkdtempSync(join(this.dir, 'submit-'));
    const [program, ...args] = shell;
    const { status, stderr } = spawnSync(program, args, {
      env: {
        PATH: `${this.dir}:/usr/bin:/bin`,
        SLURM_SUBMIT_DIR: submitted,
        TMPDIR: submitted,
        ...given.env,
      },
      cwd: submitted,
      encoding: 'utf8',
      // A socket there makes bash believe that it was started by rshd, and read ~/.bashrc.
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    });
    const environment = this.#read('environ')
      .filter((entry) => entry !== '')
      .map((entry): [string, string] => [
        entry.slice(0, entry.indexOf('=')),
        entry.slice(entry.indexOf('=') + 1),
      ]);
    return {
      code: status,
      stderr,
      words: this.words(),
      environment: Object.fromEntries(environment),
      calls: this.#calls(),
    };
  }

  file(name: string, text: string): string {
    const path = join(this.dir, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  close(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  #write(name: string, text: string): void {
    chmodSync(this.file(name, text), 0o755);
  }

  #read(name: string): string[] {
    const path = join(this.dir, name);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\0') : [];
  }

  #calls(): string[][] {
    const calls: string[][] = [[]];
    for (const one of this.#read('calls').slice(0, -1)) {
      if (one === '\n') calls.push([]);
      else calls.at(-1)!.push(one);
    }
    return calls.slice(0, -1);
  }
}
