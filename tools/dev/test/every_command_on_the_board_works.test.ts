import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { listenersOf } from './listening.ts';
import { portsOf, ROOT, settings, Stack, stateDir } from './stack.ts';

const run = promisify(execFile);

it('prints a board whose commands and addresses all work, and listens on loopback only', async () => {
  // From the sources, as `npm start` has them.
  const stack = new Stack(await settings(), { NODE_OPTIONS: '' });
  await stack.ready();

  const listening = listenersOf(stack.processes());
  expect(new Set(listening.map(({ port }) => port))).toEqual(new Set(portsOf(stack.settings)));
  expect(new Set(listening.map(({ address }) => address))).toEqual(new Set(['127.0.0.1']));

  const downloads = mkdtempSync(join(stateDir(), 'downloads-'));
  const commands = stack.output
    .split('\n')
    .flatMap((line) => /^ {4}((?:curl|npm run|sleep) .*)$/.exec(line)?.[1] ?? []);
  expect(commands.length).toBeGreaterThanOrEqual(3);
  const answers: string[] = [];
  for (const command of commands) {
    const harmless = command.replace(/-o (\S+)/, `-o ${downloads}/$1`);
    // Who is blocked is turned away, which is what that command shows.
    const isBlocked = command.includes('--interface');
    const curl = isBlocked ? "curl -sS -w '%{http_code}' " : 'curl -sS --fail-with-body ';
    const { stdout } = await run('sh', ['-ec', harmless.replace('curl ', curl)], {
      cwd: ROOT,
      env: { ...process.env, ...stack.settings },
    });
    answers.push(stdout);
  }

  const thumbnail = readFileSync(join(downloads, 'small.webp'));
  expect(thumbnail.toString('latin1', 8, 12)).toBe('WEBP');
  const answerTo = (part: string): string =>
    answers[commands.findIndex((command) => command.includes(part))] ?? '';
  expect(JSON.parse(answerTo('manifests'))).toMatchObject({ bucket: 'uploads', key: 'photo.jpg' });
  expect(answerTo('--interface')).toMatch(/403$/);
  const reads = answers.filter((_, at) => commands[at]?.includes('products/1'));
  expect(reads[0]).toMatch(/^cache-status: groundwork; fwd=miss; stored/im);
  expect(reads[1]).toMatch(/^cache-status: groundwork; hit/im);
  expect(answerTo('UPDATE')).toContain('UPDATE 1');
  expect(JSON.parse(answerTo('/cache/v1/status'))).toMatchObject({
    stream: { mode: 'replication', leader: true },
  });

  expect(answerTo('hello/logs')).toMatch(/^event: stdout\n(id: .*\n)?data: 3$/m);
  expect(JSON.parse(answerTo('hello/explain'))).toMatchObject({ state: 'succeeded' });

  const addresses = stack.output
    .slice(stack.output.indexOf('Groundwork is ready'))
    .split('\n')
    .filter((line) => !line.includes('curl'))
    .flatMap((line) => line.match(/http:\/\/\S*\/[^\s;]+/g) ?? []);
  expect(addresses.map((address) => new URL(address).pathname)).toEqual([
    '/healthz',
    '/blocklist/docs',
    '/thumbnailer/docs',
    '/cache/docs',
    '/hpc/docs',
  ]);
  for (const address of addresses) expect((await fetch(address)).status).toBe(200);
});
