import { JobSpec, WorkflowSpec, type Submission } from '@groundwork/contracts';
import { issuesOf } from '@groundwork/service';
import { SubmissionInvalid } from './submit.ts';

/**
 * What somebody has sent, by whatever way, as the job or workflow that it was meant to be: with `jobs` it is a
 * workflow. Not by the union of both, which would only say that it is neither.
 *
 * Throws SubmissionInvalid with every field that is wrong.
 */
export function parseSubmission(json: unknown): Submission {
  const isWorkflow = typeof json === 'object' && json !== null && 'jobs' in json;
  const parsed = (isWorkflow ? WorkflowSpec : JobSpec).safeParse(json);
  if (parsed.success) return parsed.data;
  throw new SubmissionInvalid(issuesOf(parsed.error, 'all of it'));
}
