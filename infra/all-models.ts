import type { App } from 'aws-cdk-lib';
import { examples } from './architectures/all.ts';
import { Model } from './model.ts';
import { newApp } from './new-app.ts';
import { stages } from './parameters.ts';
import { platform } from './platform.ts';

/** Templates only: nothing is compiled, copied or validated. */
function modelOf(make: (app: App) => void): Model {
  const app = newApp({
    'aws:cdk:bundling-stacks': [],
    'aws:cdk:disable-asset-staging': true,
    '@aws-cdk/core:validateAgainstDefaultRules': false,
  });
  make(app);
  return new Model(app);
}

/** What every stage synthesises to. */
export const modelOfAllStages = (): Model =>
  modelOf((app) => {
    for (const parameters of Object.values(stages)) platform(app, parameters);
  });

/** What the examples of all architectures do. */
export const modelOfExamples = (): Model => modelOf(examples);
