import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('helpers/small_service.ts', import.meta.url));

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM], {
    env: { PATH: process.env['PATH'], PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const program = { child, output: '', ended: once(child, 'close').then(([code]) => code as number | null) };
  child.stdout.on('data', (text: Buffer) => (program.output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (program.output += text.toString()));
  return program;
}

it('starts what is built, serves, and drains after a signal', async () => {
  const program = start({});
  let url: string | undefined;
  while (url === undefined) {
    await once(program.child.stdout, 'data');
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(program.output)?.[0];
  }
  expect(await (await fetch(url)).text()).toBe('started');
  program.child.kill('SIGTERM');
  expect(await program.ended).toBe(0);
  expect(program.output).toContain('"msg":"stopped"');
});

it('says in one line why a service cannot be built, and ends with 1', async () => {
  const program = start({ FAIL: 'there is no such catalogue' });
  expect(await program.ended).toBe(1);
  const lines = program.output.trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'fatal', msg: 'there is no such catalogue' });
});

it('refuses settings that are not right', async () => {
  const program = start({ PORT: 'many' });
  expect(await program.ended).toBe(1);
  expect(program.output).toContain('PORT');
});
