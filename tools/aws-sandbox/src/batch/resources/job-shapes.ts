import { z } from 'zod';

const Requirement = z.object({ type: z.enum(['VCPU', 'MEMORY', 'GPU']), value: z.string() });

/** The prefix is Batch's own. https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html */
const Variable = z
  .object({ name: z.string().min(1), value: z.string().default('') })
  .refine(({ name }) => !name.startsWith('AWS_BATCH'), 'names of variables cannot start with AWS_BATCH');

const Command = z.array(z.string().min(1, "can't contain an empty string"));

/** https://docs.aws.amazon.com/batch/latest/APIReference/API_Device.html */
const Device = z.object({
  hostPath: z.string().min(1),
  containerPath: z.string().optional(),
  permissions: z.array(z.enum(['READ', 'WRITE', 'MKNOD'])).optional(),
});

const LinuxParameters = z.looseObject({ devices: z.array(Device).optional() });

export const ContainerProperties = z.looseObject({
  image: z.string().min(1),
  command: Command.default([]),
  environment: z.array(Variable).default([]),
  resourceRequirements: z.array(Requirement).default([]),
  vcpus: z.int().min(1).optional(),
  memory: z.int().min(4).optional(),
  linuxParameters: LinuxParameters.optional(),
});
export type ContainerProperties = z.infer<typeof ContainerProperties>;

export const ContainerOverrides = z.object({
  command: Command.optional(),
  environment: z.array(Variable).optional(),
  resourceRequirements: z.array(Requirement).optional(),
  vcpus: z.int().min(1).optional(),
  memory: z.int().min(4).optional(),
  instanceType: z.string().optional(),
});
export type ContainerOverrides = z.infer<typeof ContainerOverrides>;

/** https://docs.aws.amazon.com/batch/latest/APIReference/API_EvaluateOnExit.html */
const text = (pattern: RegExp) =>
  z.string().max(512).regex(pattern, 'only its last character may be *').optional();
const EvaluateOnExit = z.object({
  onStatusReason: text(/^[^*]*\*?$/),
  onReason: text(/^[^*]*\*?$/),
  onExitCode: text(/^[0-9]*\*?$/),
  action: z
    .string()
    .transform((action) => action.toUpperCase())
    .pipe(z.enum(['RETRY', 'EXIT'])),
});

export const RetryStrategy = z
  .object({
    attempts: z.int().min(1).max(10).optional(),
    evaluateOnExit: z.array(EvaluateOnExit).max(5).default([]),
  })
  .refine(
    ({ attempts, evaluateOnExit }) => attempts !== undefined || evaluateOnExit.length === 0,
    'with evaluateOnExit, attempts must be specified too',
  )
  .transform(({ attempts = 1, evaluateOnExit }) => ({ attempts, evaluateOnExit }));

/** https://docs.aws.amazon.com/batch/latest/userguide/job_timeouts.html */
export const Timeout = z.object({ attemptDurationSeconds: z.int().min(60).optional() });

export const NodeProperties = z.object({
  numNodes: z.int().min(1),
  mainNode: z.int().min(0),
  nodeRangeProperties: z
    .array(
      z.object({
        targetNodes: z.string(),
        container: ContainerProperties,
        instanceTypes: z.array(z.string()).max(1).optional(),
      }),
    )
    .min(1)
    .max(5),
});
export type NodeProperties = z.infer<typeof NodeProperties>;
