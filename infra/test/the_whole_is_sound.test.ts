import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { platform } from '../platform.ts';
import { EXCEPTIONS, type Exception } from './exceptions.ts';
import { parametersOf, testApp, VARIANTS, type Change } from './stage.ts';

interface Report {
  pluginReports: {
    pluginName: string;
    violations?: {
      ruleName: string;
      description: string;
      severity: string;
      violatingConstructs: { constructPath: string }[];
    }[];
  }[];
}

const used = new Set<Exception>();

/** With CloudFormation's rules of validation, and cdk-nag's. */
function findings(stage: 'dev' | 'prod', change: Change): string[] {
  process.env['CDK_VALIDATION'] = 'true';
  try {
    const app = testApp();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    platform(app, parametersOf(stage, change));
    try {
      app.synth();
    } catch (error) {
      if ((error as Error).name !== 'ValidationFailed' && !String(error).includes('Validation failed'))
        throw error;
    }
    const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as Report;
    const all = report.pluginReports.flatMap(({ violations = [] }) => violations);
    return all.flatMap(({ ruleName, description, violatingConstructs }) =>
      violatingConstructs
        .filter(({ constructPath }) => !isExcepted(ruleName, constructPath))
        .map(({ constructPath }) => `${constructPath}: ${ruleName}: ${description}`),
    );
  } finally {
    process.env['CDK_VALIDATION'] = 'false';
  }
}

function isExcepted(rule: string, path: string): boolean {
  const found = EXCEPTIONS.find((one) => one.rule.test(rule) && one.path.test(path));
  if (found !== undefined) used.add(found);
  return found !== undefined;
}

describe('the validator and cdk-nag find nothing that has no reason', () => {
  it.each(VARIANTS)(
    'with %s',
    (_what, stage, change) => {
      expect(findings(stage, change)).toEqual([]);
    },
    120_000,
  );

  it('and no reason is given for what is not found', () => {
    const idle = EXCEPTIONS.filter((one) => !used.has(one)).map(
      ({ rule, path }) => `${String(rule)} at ${String(path)}`,
    );
    expect(idle).toEqual([]);
  });
});
