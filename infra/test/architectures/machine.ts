import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface Run {
  code: number | null;
  output: string;
}

/**
 * A machine for user data to run on: a folder is where it begins, and programs that would change the real one, or ask
 * AWS, are replaced by some that write down what they were called with, and do what a test says.
 */
export class Machine {
  readonly root = mkdtempSync(join(tmpdir(), 'machine-'));
  readonly #programs = join(this.root, 'programs');
  readonly #log = join(this.root, 'calls');

  constructor() {
    mkdirSync(this.#programs);
    onTestFinished(() => rmSync(this.root, { recursive: true, force: true }));
  }

  /** In bash; it finds its arguments in "$@". */
  program(name: string, does = ''): void {
    const body = `#!/bin/bash\nprintf '%s\\n' "${name} $*" >>'${this.#log}'\n${does}\n`;
    writeFileSync(join(this.#programs, name), body, { mode: 0o755 });
  }

  /** Answers IMDSv2, and nobody who comes without a token; `others` are cases for what else is fetched. */
  metadata(values: Record<string, string>, others = ''): void {
    const cases = Object.entries(values).map(
      ([path, value]) => `*/latest/${path}) printf '%s' '${value}' ;;`,
    );
    this.program(
      'curl',
      `case "$*" in
${others}
  *PUT*/latest/api/token) printf TOKEN ; exit ;;
  *'X-aws-ec2-metadata-token: TOKEN'*) ;;
  *) echo 401 >&2 ; exit 22 ;;
esac
case "\${@: -1}" in
${cases.join('\n')}
*) echo 404 >&2 ; exit 22 ;;
esac`,
    );
  }

  run(script: string, environment: Record<string, string> = {}): Run {
    const { status, stdout, stderr } = spawnSync('bash', ['-c', script], this.#options(environment));
    return { code: status, output: stdout + stderr };
  }

  /** The same, beside others. */
  async start(script: string, environment: Record<string, string> = {}): Promise<Run> {
    const process = spawn('bash', ['-c', script], this.#options(environment));
    let output = '';
    for (const stream of [process.stdout, process.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    const [code] = (await once(process, 'close')) as [number | null];
    return { code, output };
  }

  #options(environment: Record<string, string>) {
    const env = {
      PATH: `${this.#programs}:/usr/bin:/bin`,
      HOME: this.root,
      DESTDIR: this.root,
      ...environment,
    };
    return { encoding: 'utf8' as const, timeout: 20_000, env };
  }

  /** What was called since the last look. */
  calls(): string[] {
    if (!existsSync(this.#log)) return [];
    const lines = readFileSync(this.#log, 'utf8').split('\n').slice(0, -1);
    rmSync(this.#log);
    return lines;
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text, { mode });
  }
}

/** What bash says of a script that it only reads. */
export function syntaxOf(script: string): Run {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
  return { code: status, output: stderr };
}
