/** An element that could start, with what it would take. */
export interface Candidate {
  job: string;
  element: number;
  project: string;
  cores: number;
  memoryMiB: number;
  gpus: number;
  /** How long it is expected to run, for the account of its project. */
  seconds: number;
  /** Ms until what is kept free for it is given up; undefined: it is never waited for. */
  gangTimeoutMs: number | undefined;
}

export interface Room {
  cores: number;
  memoryMiB: number;
  gpus: number;
}

export interface Project {
  name: string;
  /** Of everything, against the shares of the others. */
  share: number;
  /** Decayed core seconds. */
  usage: number;
  /** That run now. */
  runningCores: number;
  /** Undefined: as many as there are. */
  maxCores: number | undefined;
}

/** A gang for which everything else is held back, since when. */
export interface Reservation {
  job: string;
  sinceMs: number;
}

export interface Choice {
  chosen: Candidate[];
  reservation: Reservation | undefined;
  /** It waited for its nodes in vain, and goes to the end of the queue for a while. */
  gaveUp: Candidate | undefined;
}

interface Standing {
  project: Project;
  queue: readonly Candidate[];
  next: number;
  usage: number;
  cores: number;
}

/**
 * Who goes first: always the best of the project that has used least of its share, what it is given
 * now counted as if it had run. So projects of equal shares take turns by core seconds, however many
 * jobs each has queued, and priorities order a project's own.
 *
 * What does not fit is passed over, so that room is not left empty. A gang would starve like that: when
 * one does not fit, everything is kept for it until it does, but not longer than its timeout.
 */
export function choose(
  queues: ReadonlyMap<string, readonly Candidate[]>,
  projects: ReadonlyMap<string, Project>,
  room: Room,
  limit: number,
  { reservation, nowMs }: { reservation: Reservation | undefined; nowMs: number },
): Choice {
  const left = { ...room };
  const standings = [...queues].flatMap(([name, queue]) => standingOf(projects.get(name), queue));
  const chosen: Candidate[] = [];
  while (chosen.length < limit) {
    const standing = least(standings);
    if (standing === undefined) break;
    const candidate = standing.queue[standing.next]!;
    standing.next += 1;
    if (standing.cores + candidate.cores > (standing.project.maxCores ?? Infinity)) continue;
    if (!fits(candidate, left)) {
      if (candidate.gangTimeoutMs === undefined) continue;
      const since = reservation?.job === candidate.job ? reservation.sinceMs : nowMs;
      if (nowMs - since < candidate.gangTimeoutMs) {
        return { chosen, reservation: { job: candidate.job, sinceMs: since }, gaveUp: undefined };
      }
      return { chosen, reservation: undefined, gaveUp: candidate };
    }
    take(candidate, left);
    standing.cores += candidate.cores;
    standing.usage += candidate.cores * candidate.seconds;
    chosen.push(candidate);
  }
  return { chosen, reservation: undefined, gaveUp: undefined };
}

function standingOf(project: Project | undefined, queue: readonly Candidate[]): Standing[] {
  if (project === undefined) return [];
  return [{ project, queue, next: 0, usage: project.usage, cores: project.runningCores }];
}

function least(standings: readonly Standing[]): Standing | undefined {
  let best: Standing | undefined;
  for (const one of standings) {
    if (one.next === one.queue.length) continue;
    if (best === undefined || one.usage / one.project.share < best.usage / best.project.share) best = one;
  }
  return best;
}

const fits = (wanted: Room, left: Room): boolean =>
  wanted.cores <= left.cores && wanted.memoryMiB <= left.memoryMiB && wanted.gpus <= left.gpus;

function take(wanted: Room, left: Room): void {
  left.cores -= wanted.cores;
  left.memoryMiB -= wanted.memoryMiB;
  left.gpus -= wanted.gpus;
}
