import { DEFAULT_PATH } from '../../domain/jobs/command-line.ts';
import type { Placement } from '../../ports/engine.ts';

export { DEFAULT_PATH };

export interface Surroundings {
  user: string;
  home: string;
  /** Its own, and empty at the start. */
  scratch: string;
}

/** All that a process gets: what the spec says comes after the defaults, and GROUNDWORK_* after the spec. */
export function environmentOf(
  { spec, job, element, attempt }: Placement,
  { user, home, scratch }: Surroundings,
): Record<string, string> {
  return {
    PATH: DEFAULT_PATH,
    HOME: home,
    TMPDIR: scratch,
    USER: user,
    LOGNAME: user,
    LANG: 'C.UTF-8',
    ...spec.environment,
    GROUNDWORK_JOB_ID: job,
    GROUNDWORK_ELEMENT: String(element),
    ...(spec.array === undefined ? {} : { GROUNDWORK_ARRAY_INDEX: String(element) }),
    GROUNDWORK_ATTEMPT: String(attempt),
    GROUNDWORK_CORES: String(spec.resources.cores),
    GROUNDWORK_SCRATCH: scratch,
  };
}
