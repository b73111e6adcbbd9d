import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations, type App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { testApp } from './stage.ts';

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

export interface Finding {
  rule: string;
  path: string;
  what: string;
}

/** What CloudFormation's rules of validation and cdk-nag's say of an app, but for what it acknowledges itself. */
export function findingsOf(make: (app: App) => void): Finding[] {
  process.env['CDK_VALIDATION'] = 'true';
  try {
    const app = testApp();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    make(app);
    try {
      app.synth();
    } catch (error) {
      if ((error as Error).name !== 'ValidationFailed' && !String(error).includes('Validation failed'))
        throw error;
    }
    const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as Report;
    const all = report.pluginReports.flatMap(({ violations = [] }) => violations);
    return all.flatMap(({ ruleName, description, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => ({
        rule: ruleName,
        path: constructPath,
        what: `${constructPath}: ${ruleName}: ${description}`,
      })),
    );
  } finally {
    process.env['CDK_VALIDATION'] = 'false';
  }
}
