import { z } from 'zod';

export const ExportFormat = z.enum(['sbatch', 'batch', 'parallelcluster']);
export type ExportFormat = z.infer<typeof ExportFormat>;

/** Field names are those of the AWS Batch API, so that bodies can be sent as they are. */
export const BatchEvaluateOnExit = z.strictObject({
  onStatusReason: z.string().optional(),
  onReason: z.string().optional(),
  onExitCode: z
    .string()
    .regex(/^\d*\*?$/)
    .optional(),
  action: z.enum(['RETRY', 'EXIT']),
});
export type BatchEvaluateOnExit = z.infer<typeof BatchEvaluateOnExit>;

const retryStrategy = z.strictObject({
  attempts: z.int().min(1).max(10),
  evaluateOnExit: z.array(BatchEvaluateOnExit).min(1).max(5),
});
const timeout = z.strictObject({ attemptDurationSeconds: z.int().min(60) });

export const BatchContainer = z.strictObject({
  image: z.string().min(1),
  instanceType: z.string().optional().describe('Of jobs over several nodes only'),
  command: z.array(z.string()),
  environment: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  resourceRequirements: z.array(
    z.strictObject({ type: z.enum(['VCPU', 'MEMORY', 'GPU']), value: z.string().regex(/^[1-9]\d*$/) }),
  ),
  linuxParameters: z
    .strictObject({
      devices: z.array(
        z.strictObject({
          hostPath: z.string(),
          containerPath: z.string(),
          permissions: z.array(z.enum(['READ', 'WRITE', 'MKNOD'])),
        }),
      ),
    })
    .optional(),
  ulimits: z.array(z.strictObject({ name: z.string(), softLimit: z.int(), hardLimit: z.int() })).optional(),
});
export type BatchContainer = z.infer<typeof BatchContainer>;

export const BatchJobDefinition = z
  .strictObject({
    jobDefinitionName: z.string().regex(/^[A-Za-z0-9][\w-]{0,127}$/),
    type: z.enum(['container', 'multinode']),
    platformCapabilities: z.array(z.literal('EC2')),
    containerProperties: BatchContainer.optional(),
    nodeProperties: z
      .strictObject({
        numNodes: z.int().min(2),
        mainNode: z.literal(0),
        nodeRangeProperties: z.array(z.strictObject({ targetNodes: z.string(), container: BatchContainer })),
      })
      .optional(),
    retryStrategy,
    timeout,
    tags: z.record(z.string(), z.string()).optional(),
    propagateTags: z.boolean().optional(),
  })
  .meta({ id: 'BatchJobDefinition' });
export type BatchJobDefinition = z.infer<typeof BatchJobDefinition>;

export const BatchSubmitJob = z
  .strictObject({
    jobName: z.string().regex(/^[A-Za-z0-9][\w-]{0,127}$/),
    jobQueue: z.string(),
    jobDefinition: z.string(),
    arrayProperties: z.strictObject({ size: z.int().min(2).max(10_000) }).optional(),
    dependsOn: z
      .array(
        z.strictObject({ jobId: z.string().optional(), type: z.enum(['N_TO_N', 'SEQUENTIAL']).optional() }),
      )
      .max(20)
      .optional(),
    nodeOverrides: z.strictObject({ numNodes: z.int().min(2) }).optional(),
    retryStrategy,
    timeout,
    tags: z.record(z.string(), z.string()).optional(),
  })
  .meta({ id: 'BatchSubmitJob' });
export type BatchSubmitJob = z.infer<typeof BatchSubmitJob>;

/** What `GET /v1/jobs/{id}/export?format=batch` answers. */
export const BatchExport = z
  .strictObject({
    registerJobDefinition: BatchJobDefinition.describe('For `aws batch register-job-definition`'),
    submitJob: BatchSubmitJob.describe(
      'For `aws batch submit-job`, once what starts with REPLACE- is replaced',
    ),
    notes: z
      .array(z.string())
      .describe('What Batch cannot be told, what is to be replaced, and what to know'),
  })
  .meta({ id: 'BatchExport' });
export type BatchExport = z.infer<typeof BatchExport>;
