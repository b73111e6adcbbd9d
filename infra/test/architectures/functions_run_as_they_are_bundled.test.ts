import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exampleStack } from '../../architectures/example-stack.ts';
import { NodeFunction } from '../../constructs/node-function.ts';
import { order } from './messages.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** The file that Lambda would load, made by what deployments make it with. */
function bundled(name: string): string {
  const outdir = mkdtempSync(join(tmpdir(), 'bundles-'));
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
  const stack = exampleStack(new App({ outdir }), 'bundle', '');
  new NodeFunction(stack, 'function', {
    entry: new URL(`../../architectures/${name}/handler.ts`, import.meta.url),
  });
  const [asset] = readdirSync(outdir).filter((one) => one.startsWith('asset.'));
  return join(outdir, asset!, 'index.mjs');
}

/** As Lambda calls it: in a process of its own, with the SDK beside it. */
function call(file: string, event: object, env: Record<string, string>): string {
  const main = join(file, '..', 'main.mjs');
  writeFileSync(
    main,
    `import { handler } from ${JSON.stringify(pathToFileURL(file).href)};
     await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 9_000 });`,
  );
  execFileSync('ln', ['-s', path('../../../node_modules'), join(file, '..', 'node_modules')]);
  return execFileSync(process.execPath, [main], {
    encoding: 'utf8',
    env: { ...env, AWS_REGION: 'us-east-1' },
  });
}

const record = (body: object) => ({
  messageId: '1',
  receiptHandle: 'r',
  body: JSON.stringify(body),
  attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1', SenderId: 's', MessageGroupId: 'c1' },
  messageAttributes: {},
});

describe('a function, as it is deployed', () => {
  it.each(['queue-function', 'fifo-function'])('takes messages: %s', (name) => {
    const log = call(bundled(name), { Records: [record(order('o-1'))] }, { DEAD_LETTERS_URL: 'https://q' });
    expect(log).toContain('"order":"o-1"');
  });

  it('takes what is published: topic-function', () => {
    const Sns = { MessageId: '1', Message: JSON.stringify(order('o-1')), Timestamp: '2026-11-01T00:00:00Z' };
    expect(call(bundled('topic-function'), { Records: [{ Sns }] }, {})).toContain('"order":"o-1"');
  });

  it('sends, here to nowhere: send-to-queues', () => {
    expect(call(bundled('send-to-queues'), { orders: [order('o-1')] }, { QUEUES: '[]' })).toBe('');
  });
});
