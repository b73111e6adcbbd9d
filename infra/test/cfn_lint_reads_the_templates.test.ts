import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isSkipped } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { Model } from '../model.ts';
import { examples } from '../architectures/all.ts';
import { modelOf, testApp, VARIANTS } from './stage.ts';

const venv = process.env['TEST_PYTHON'];
const program = join(venv ?? '', 'bin/cfn-lint');
const cfnLint = {
  name: 'cfn-lint',
  missing:
    venv !== undefined && existsSync(program)
      ? undefined
      : 'pip install cfn-lint in a venv, then TEST_PYTHON=<its directory>',
};

interface Finding {
  Level: string;
  Message: string;
  Rule: { Id: string };
  Location: { Path: (string | number)[] | null };
}

/** Rules that are wrong about what is here, and why. */
const NOT_FOUND_HERE: Record<string, string> = {
  W3005: 'the CDK says of some dependencies twice that they are there',
  W3010: 'zones are by name, so that nothing is looked up (constructs/platform-stack.ts)',
};

async function findingsIn(templates: Record<string, object>, region: string): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'templates-'));
  try {
    const files = Object.entries(templates).map(([name, template]) => {
      const file = join(dir, `${name}.json`);
      writeFileSync(file, JSON.stringify(template));
      return file;
    });
    const { stdout } = await promisify(execFile)(
      program,
      ['--format', 'json', '--regions', region, '--', ...files],
      { maxBuffer: 64 * 2 ** 20 },
    ).catch((error: unknown) => error as { stdout: string });
    return (JSON.parse(stdout) as Finding[])
      .filter(({ Rule }) => !(Rule.Id in NOT_FOUND_HERE))
      .map(({ Rule, Message, Location }) => `${Rule.Id} ${Location.Path?.join('/')}: ${Message}`);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe.skipIf(isSkipped(cfnLint))('cfn-lint', () => {
  it.each(VARIANTS)(
    'finds nothing in the templates with %s',
    async (_what, stage, change) => {
      const region = change.region === undefined ? 'us-east-1' : 'eu-central-1';
      expect(await findingsIn(modelOf(stage, change).templates, region)).toEqual([]);
    },
    240_000,
  );

  it('finds nothing in the examples of the architectures', async () => {
    const app = testApp();
    examples(app);
    expect(await findingsIn(new Model(app).templates, 'us-east-1')).toEqual([]);
  }, 240_000);
});
