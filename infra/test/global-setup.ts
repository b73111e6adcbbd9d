import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Each app that is synthesised leaves a folder in the temporary one. */
export default function setup(): () => void {
  const dir = mkdtempSync(join(tmpdir(), 'groundwork-infra-'));
  // PostgreSQL, run by another user, has to get there.
  chmodSync(dir, 0o755);
  process.env['TMPDIR'] = dir;
  return () => rmSync(dir, { recursive: true, force: true });
}
