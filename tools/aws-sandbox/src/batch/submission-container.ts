import { batchError } from './error.ts';
import type { ContainerSpec } from './jobs/job.ts';
import type { ContainerOverrides, ContainerProperties } from './resources/job-shapes.ts';

/** The environment and the requirements are merged by name and type, the command is another. */
export function overridden(
  properties: ContainerProperties,
  overrides: ContainerOverrides = {},
): ContainerSpec {
  const merged = <T>(before: readonly T[], over: readonly T[] = [], key: (one: T) => string): T[] => [
    ...before.filter((one) => !over.some((other) => key(other) === key(one))),
    ...over,
  ];
  const of = (type: 'VCPU' | 'MEMORY') => properties.resourceRequirements.some((one) => one.type === type);
  return {
    ...properties,
    command: overrides.command ?? properties.command,
    environment: merged(properties.environment, overrides.environment, ({ name }) => name),
    resourceRequirements: merged(
      properties.resourceRequirements,
      overrides.resourceRequirements,
      ({ type }) => type,
    ),
    // The older members do not override requirements, as documented.
    ...(overrides.vcpus !== undefined && !of('VCPU') && { vcpus: overrides.vcpus }),
    ...(overrides.memory !== undefined && !of('MEMORY') && { memory: overrides.memory }),
    ...(overrides.instanceType !== undefined && { instanceType: overrides.instanceType }),
  };
}

/** https://docs.aws.amazon.com/batch/latest/userguide/job_definition_parameters.html#parameters */
export function substituted(
  container: ContainerSpec,
  parameters: Readonly<Record<string, string>>,
): ContainerSpec {
  const valueOf = (_: string, name: string): string => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (value !== undefined) return value;
    throw batchError.client(`Unable to substitute value. No parameter found for reference ${name}`);
  };
  const command = container.command.map((word) => word.replaceAll(/Ref::([A-Za-z0-9_-]+)/g, valueOf));
  return { ...container, command };
}
