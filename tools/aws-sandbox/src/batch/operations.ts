/** What is here, by its path. https://docs.aws.amazon.com/batch/latest/APIReference/API_Operations.html */
export const BATCH_OPERATIONS = [
  'CreateComputeEnvironment',
  'DescribeComputeEnvironments',
  'UpdateComputeEnvironment',
  'DeleteComputeEnvironment',
  'CreateJobQueue',
  'DescribeJobQueues',
  'UpdateJobQueue',
  'DeleteJobQueue',
  'RegisterJobDefinition',
  'DescribeJobDefinitions',
  'DeregisterJobDefinition',
  'SubmitJob',
  'DescribeJobs',
  'ListJobs',
  'CancelJob',
  'TerminateJob',
] as const;
const BY_PATH = new Map<string, string>(BATCH_OPERATIONS.map((name) => [`/v1/${name.toLowerCase()}`, name]));

/** `/v1/submitjob` is SubmitJob; what is not here has the name of its path. */
export function batchOperation(path: string): string {
  return BY_PATH.get(path) ?? path.replace(/^\/v1\//, '');
}
