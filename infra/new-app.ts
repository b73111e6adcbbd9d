import { createRequire } from 'node:module';
import { App } from 'aws-cdk-lib';

/** What `cdk init` recommends today; a reference between stacks holds nobody up. */
const flags = createRequire(import.meta.url)('aws-cdk-lib/recommended-feature-flags.json') as Record<
  string,
  unknown
>;

export const newApp = (context: Record<string, unknown> = {}): App =>
  new App({ context: { ...flags, ...context }, analyticsReporting: false });
