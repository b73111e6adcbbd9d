import { Construct } from 'constructs';
import type { App } from 'aws-cdk-lib';
import { example as apiGatewayCache } from './api-gateway-cache/example.ts';

/** Puts one or several stacks into a stage, which show how the construct is used. */
export type Example = (stage: Construct) => void;

/** By the name of their folder. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  'api-gateway-cache': apiGatewayCache,
};

/** The examples of the architectures named, or of all. */
export function examples(app: App, names: readonly string[] = Object.keys(EXAMPLES)): Construct {
  const stage = new Construct(app, 'example');
  for (const name of names) {
    const example = EXAMPLES[name];
    if (example === undefined)
      throw new Error(`There is no architecture ${name}, but ${Object.keys(EXAMPLES).join(', ')}`);
    example(stage);
  }
  return stage;
}
