import { ProblemError, requireScope } from '@groundwork/service';
import { Router, text } from 'express';
import { parseSubmission } from '../parse-submission.ts';
import { submitLines } from '../submit-lines.ts';
import { submit, type SubmitParts } from '../submit.ts';
import { jsonOf, subjectOf, yamlText } from './body.ts';
import { asProblem } from './problems.ts';

export interface SubmissionRouteParts {
  submitting: SubmitParts;
}

const NDJSON = 'application/x-ndjson';
/** About a hundred thousand jobs. */
const MOST_BULK = '32mb';

/** `POST /v1/jobs`, and many at once. */
export function submissionRoutes({ submitting }: SubmissionRouteParts): Router {
  const router = Router();

  router.post('/v1/jobs', requireScope('jobs:write'), yamlText, async (req, res) => {
    const json = jsonOf(req);
    const from = { by: subjectOf(req), idempotencyKey: req.get('idempotency-key') };
    const take = async () => submit(submitting, parseSubmission(json), from);
    const accepted = await take().catch(asProblem);
    // Relative, because the edge may have taken a prefix off the path.
    res
      .status(accepted.repeated ? 200 : 201)
      .set('location', `jobs/${accepted.id}`)
      .json(accepted);
  });

  router.post(
    '/v1/jobs/bulk',
    requireScope('jobs:write'),
    text({ type: NDJSON, limit: MOST_BULK }),
    async (req, res) => {
      if (typeof req.body !== 'string') {
        throw new ProblemError('unsupported_media_type', `Send one JSON object per line as ${NDJSON}.`);
      }
      const from = { by: subjectOf(req), idempotencyKey: req.get('idempotency-key') };
      res.json(await submitLines(submitting, req.body, from).catch(asProblem));
    },
  );

  return router;
}
