import type { App } from 'aws-cdk-lib';
import { examples } from './architectures/all.ts';
import { Model } from './model.ts';
import { newApp } from './new-app.ts';
import { stages } from './parameters.ts';
import { platform } from './platform.ts';

/** Templates only: nothing is compiled, copied or validated (which takes seconds, and can only be said this way). */
export function modelOf(make: (app: App) => void): Model {
  const before = process.env['CDK_VALIDATION'];
  process.env['CDK_VALIDATION'] = 'false';
  try {
    const app = newApp({ 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true });
    make(app);
    return new Model(app);
  } finally {
    process.env['CDK_VALIDATION'] = before ?? 'true';
  }
}

/** What every stage synthesises to. */
export const modelOfAllStages = (): Model =>
  modelOf((app) => {
    for (const parameters of Object.values(stages)) platform(app, parameters);
  });

/** What the example of one architecture does. */
export const modelOfExample = (name: string): Model => modelOf((app) => examples(app, [name]));

/** What the examples of all architectures do. */
export const modelOfExamples = (): Model => modelOf(examples);
