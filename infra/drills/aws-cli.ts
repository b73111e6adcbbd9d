import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where the programs of a Python environment are: the AWS CLI is one of them. */
export const binDirectory = (): string => join(process.env['TEST_PYTHON'] ?? '', 'bin');

/** Why drills cannot be played here; undefined: they can. */
export const whyMissing = (): string | undefined =>
  existsSync(join(binDirectory(), 'aws'))
    ? undefined
    : 'python3 -m venv /tmp/aws && /tmp/aws/bin/pip install awscli, then TEST_PYTHON=/tmp/aws';
