import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isSkipped } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { modelOf, VARIANTS } from './stage.ts';

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

describe.skipIf(isSkipped(cfnLint))('cfn-lint', () => {
  it.each(VARIANTS)(
    'finds nothing in the templates with %s',
    async (_what, stage, change) => {
      const dir = mkdtempSync(join(tmpdir(), 'templates-'));
      const { templates } = modelOf(stage, change);
      const files = Object.entries(templates).map(([name, template]) => {
        const file = join(dir, `${name}.json`);
        writeFileSync(file, JSON.stringify(template));
        return file;
      });
      const { stdout } = await promisify(execFile)(
        program,
        [
          '--format',
          'json',
          '--regions',
          change.region === undefined ? 'us-east-1' : 'eu-central-1',
          '--',
          ...files,
        ],
        { maxBuffer: 64 * 2 ** 20 },
      ).catch((error: unknown) => error as { stdout: string });
      const findings = (JSON.parse(stdout) as Finding[]).filter(({ Rule }) => !(Rule.Id in NOT_FOUND_HERE));
      expect(
        findings.map(({ Rule, Message, Location }) => `${Rule.Id} ${Location.Path?.join('/')}: ${Message}`),
      ).toEqual([]);
    },
    240_000,
  );
});
