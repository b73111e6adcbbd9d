import { z } from 'zod';

/** Patterns as in the API's model. */
const ARN = String.raw`arn:(aws|aws-cn|aws-us-gov|aws-eusc|aws-iso|aws-iso-b):datasync:[a-z\-0-9]+:[0-9]{12}`;
const TASK = String.raw`task/task-[0-9a-f]{17}`;
const EXECUTION = String.raw`${TASK}/execution/exec-[0-9a-f]{17}`;
const arn = (resource: string) =>
  z
    .string()
    .max(128)
    .regex(new RegExp(`^${ARN}:${resource}$`));

const TaskArn = arn(TASK);
const ExecutionArn = arn(EXECUTION);
const LocationArn = arn('location/loc-[0-9a-z]{17}');
const AgentArns = z.array(arn('agent/agent-[0-9a-z]{17}')).min(1).max(8);

const TagKey = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[a-zA-Z0-9\s+=._:/-]+$/);
const Tags = z
  .array(
    z.object({
      Key: TagKey,
      Value: z
        .string()
        .max(256)
        .regex(/^[a-zA-Z0-9\s+=._:@/-]*$/)
        .optional(),
    }),
  )
  .max(50);

const paged = {
  MaxResults: z.int().min(0).max(100).optional(),
  NextToken: z
    .string()
    .max(65_535)
    .regex(/^[a-zA-Z0-9=_-]+$/)
    .optional(),
};
export type Paged = z.infer<z.ZodObject<typeof paged>>;

/** Of those that are checked: the rest is kept as it is. */
const Options = z.looseObject({
  VerifyMode: z.enum(['POINT_IN_TIME_CONSISTENT', 'ONLY_FILES_TRANSFERRED', 'NONE']).optional(),
  OverwriteMode: z.enum(['ALWAYS', 'NEVER']).optional(),
  TransferMode: z.enum(['CHANGED', 'ALL']).optional(),
  TaskQueueing: z.enum(['ENABLED', 'DISABLED']).optional(),
  LogLevel: z.enum(['OFF', 'BASIC', 'TRANSFER']).optional(),
  BytesPerSecond: z.int().min(-1).optional(),
});
export type Options = z.infer<typeof Options>;

const Filters = z
  .array(z.object({ FilterType: z.enum(['SIMPLE_PATTERN']).optional(), Value: z.string().optional() }))
  .max(1)
  .optional();
/** Members that there are, and that the sandbox does nothing about. */
export const UNSUPPORTED = ['ManifestConfig', 'TaskReportConfig', 'Schedule', 'CloudWatchLogGroupArn'];

export const shapes = {
  CreateLocationS3: z.object({
    S3BucketArn: z.string().regex(/^arn:aws[a-z-]*:s3:::[a-zA-Z0-9.\-_]{1,255}$/),
    Subdirectory: z.string().max(4_096).optional(),
    S3StorageClass: z.string().optional(),
    S3Config: z.object({ BucketAccessRoleArn: z.string().regex(/^arn:aws[a-z-]*:iam::[0-9]{12}:role\/.*$/) }),
    Tags: Tags.optional(),
  }),
  CreateLocationNfs: z.object({
    Subdirectory: z.string().min(1).max(4_096),
    ServerHostname: z
      .string()
      .max(255)
      .regex(/^(([a-zA-Z0-9-]*[a-zA-Z0-9])\.)*([A-Za-z0-9\-:]*[A-Za-z0-9])$/),
    OnPremConfig: z.object({ AgentArns }),
    Tags: Tags.optional(),
  }),
  CreateTask: z.object({
    SourceLocationArn: LocationArn,
    DestinationLocationArn: LocationArn,
    Name: z.string().max(256).optional(),
    Options: Options.optional(),
    TaskMode: z.enum(['BASIC', 'ENHANCED']).default('BASIC'),
    Includes: Filters,
    Excludes: Filters,
    Tags: Tags.optional(),
  }),
  DescribeTask: z.object({ TaskArn }),
  DeleteTask: z.object({ TaskArn }),
  ListTasks: z.object(paged),
  StartTaskExecution: z.object({
    TaskArn,
    OverrideOptions: Options.optional(),
    Includes: Filters,
    Excludes: Filters,
    Tags: Tags.optional(),
  }),
  DescribeTaskExecution: z.object({ TaskExecutionArn: ExecutionArn }),
  CancelTaskExecution: z.object({ TaskExecutionArn: ExecutionArn }),
  ListTaskExecutions: z.object({ TaskArn: TaskArn.optional(), ...paged }),
  ListTagsForResource: z.object({
    ResourceArn: z
      .string()
      .max(128)
      .regex(new RegExp(`^${ARN}:(agent|task|location)/`)),
    ...paged,
  }),
  TagResource: z.object({
    ResourceArn: z
      .string()
      .max(128)
      .regex(new RegExp(`^${ARN}:(agent|task|location)/`)),
    Tags,
  }),
  UntagResource: z.object({
    ResourceArn: z
      .string()
      .max(128)
      .regex(new RegExp(`^${ARN}:(agent|task|location)/`)),
    Keys: z.array(TagKey).min(1).max(50),
  }),
} as const;
export type Action = keyof typeof shapes;
export type Asked<A extends Action> = z.output<(typeof shapes)[A]>;
export type TagList = z.infer<typeof Tags>;
