import { newApp } from '../new-app.ts';
import { stages } from '../parameters.ts';
import { platform } from '../platform.ts';

/** `cdk synth`, `cdk deploy 'dev/*'`: all stages, each in a node of its own name. */
const app = newApp();
for (const parameters of Object.values(stages)) {
  const account = parameters.account ?? process.env['CDK_DEFAULT_ACCOUNT'];
  platform(app, { ...parameters, account });
}
app.synth();
