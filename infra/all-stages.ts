import { Model } from './model.ts';
import { newApp } from './new-app.ts';
import { stages } from './parameters.ts';
import { platform } from './platform.ts';

/** What every stage synthesises to: templates only, nothing is compiled, copied or validated. */
export function modelOfAllStages(): Model {
  const app = newApp({
    'aws:cdk:bundling-stacks': [],
    'aws:cdk:disable-asset-staging': true,
    '@aws-cdk/core:validateAgainstDefaultRules': false,
  });
  for (const parameters of Object.values(stages)) platform(app, parameters);
  return new Model(app);
}
