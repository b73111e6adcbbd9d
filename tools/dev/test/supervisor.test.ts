import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from '@groundwork/service/testing';
import { expect, it, onTestFinished } from 'vitest';
import type { ProcessSpec } from '../src/processes.ts';
import { Supervisor } from '../src/supervisor.ts';

/** Listens on its port, says what reaches it, and takes a while to stop. */
const CHILD = `
import { createServer } from 'node:net';
const server = createServer().listen(Number(process.env.CHILD_PORT), '127.0.0.1');
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  process.on(signal, () => {
    console.log(signal);
    setTimeout(() => process.exit(0), 300);
  });
}
`;

async function supervised(names: readonly (readonly string[])[], source = CHILD, shell = {}) {
  const root = mkdtempSync(join(tmpdir(), 'groundwork-supervisor-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(join(root, 'child.mjs'), source);
  const spec = async (name: string): Promise<ProcessSpec> => {
    const port = await freePort();
    return { name, main: 'child.mjs', port, portSetting: 'EDGE_PORT', env: { CHILD_PORT: String(port) } };
  };
  const lines: string[] = [];
  const said: string[] = [];
  const supervisor = new Supervisor({
    stages: await Promise.all(names.map((stage) => Promise.all(stage.map(spec)))),
    root,
    env: { ...process.env, ...shell },
    onLine: (name, line) => lines.push(`${name} ${line}`),
    say: (text) => said.push(text),
  });
  onTestFinished(() => supervisor.killAll());
  return { supervisor, lines, said };
}

it('sends each process one SIGTERM, stage by stage, the last stage first', async () => {
  const { supervisor, lines, said } = await supervised([
    ['database'],
    ['service', 'other service'],
    ['edge'],
  ]);
  await supervisor.start();
  await Promise.all([supervisor.stop(), supervisor.stop()]);
  expect([lines[0], lines.slice(1, 3).toSorted(), lines[3]]).toEqual([
    'edge SIGTERM',
    ['other service SIGTERM', 'service SIGTERM'],
    'database SIGTERM',
  ]);
  expect(lines).toHaveLength(4);
  expect(said).toEqual([]);
});

it('starts no further stage once it has been asked to stop', async () => {
  const { supervisor, lines } = await supervised(
    [['first'], ['second']],
    CHILD.replace('const server', `console.log('up');\nconst server`),
  );
  const started = supervisor.start();
  await eventually(() => lines.includes('first up'));
  await Promise.all([started, supervisor.stop()]);
  expect(lines).not.toContain('second up');
});

it('gives up on a process that keeps ending, and says that it stays down', async () => {
  const { supervisor, said } = await supervised(
    [['flapping']],
    `${CHILD}\nserver.once('listening', () => setTimeout(() => process.exit(3), 250));`,
  );
  await supervisor.start();
  await eventually(() => said.at(-1)?.includes('it stays down'), { withinMs: 20_000 });
  expect(said).toEqual([
    ...Array.from({ length: 5 }, () => 'flapping exited with code 3; starting it again.'),
    'flapping exited with code 3, for the 6th time within a minute: it stays down.',
  ]);
  await supervisor.stop();
});

it("keeps a developer's own AWS account away from the services, and passes on everything else", async () => {
  const { supervisor, lines } = await supervised(
    [['service']],
    `${CHILD}\nfor (const [name, value] of Object.entries(process.env)) console.log(name + '=' + value);`,
    {
      AWS_PROFILE: 'production',
      AWS_SECRET_ACCESS_KEY: 'real',
      AWS_ENDPOINT_URL_S3: 'https://s3.example',
      AWS_MAX_ATTEMPTS: '7',
      MAX_SOURCE_BYTES: '1000',
      PORT: '80',
      HOST: '0.0.0.0',
    },
  );
  await supervisor.start();
  await supervisor.stop();
  expect(lines).toContain('service MAX_SOURCE_BYTES=1000');
  expect(lines.filter((line) => /^service (AWS_|PORT=|HOST=)/.test(line))).toEqual([
    'service AWS_MAX_ATTEMPTS=7',
  ]);
});
