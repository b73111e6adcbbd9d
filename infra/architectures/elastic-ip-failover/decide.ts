/** An instance that may have the address, as EC2 shows it. */
export interface Candidate {
  id: string;
  /** running, pending, stopped, …; undefined: EC2 does not know it any more. */
  state: string | undefined;
  /** The worse of its two status checks: ok, initializing, impaired, insufficient-data, not-applicable. */
  check: string | undefined;
}

export type Decision =
  | { kind: 'stay'; why: string }
  /** Nobody has it yet, and nobody has shown that it serves. */
  | { kind: 'wait'; why: string }
  /** To the first of them that takes it. */
  | { kind: 'move'; to: string[]; why: string }
  | { kind: 'nowhere'; why: string };

/**
 * Who should have the address. It stays where it is as long as that one is well, so that nothing moves back by itself
 * and no two views of the same moment move it to and fro; otherwise it goes to the first who is well, in the order of
 * preference, and only if there is none to one whose checks are still to come.
 *
 * @param holder the instance that has the address now
 * @param candidates in the order of preference
 */
export function decide(holder: string | undefined, candidates: readonly Candidate[]): Decision {
  const current = candidates.find(({ id }) => id === holder);
  const others = candidates.filter(({ id }) => id !== holder);
  // A reboot shows as initializing: whoever has the address has shown before that it serves. Where checks say nothing,
  // as of a zone that is lost, somebody of whom they say that it is well is better.
  if (current?.state === 'running' && current.check !== 'impaired') {
    const isUnknown = current.check === 'insufficient-data' && others.some(isWell);
    if (!isUnknown)
      return { kind: 'stay', why: `${current.id} has the address, and is ${describe(current)}` };
  }
  const to = [...others.filter(isWell), ...others.filter(isNew)].map(({ id }) => id);
  const why = `${whyNot(holder, current)}; ${others.map((one) => `${one.id} is ${describe(one)}`).join(', ')}`;
  if (to.length === 0) return { kind: 'nowhere', why };
  // At the very first start: one that is still being set up would lose the address that it has, and with it its way out.
  if (holder === undefined && !others.some(isWell)) return { kind: 'wait', why };
  return { kind: 'move', to, why };
}

const isWell = ({ state, check }: Candidate): boolean => state === 'running' && check === 'ok';
const isNew = ({ state, check }: Candidate): boolean => state === 'running' && check === 'initializing';

const describe = ({ state, check }: Candidate): string =>
  state === undefined ? 'gone' : state === 'running' ? `running, its checks say ${check}` : state;

function whyNot(holder: string | undefined, current: Candidate | undefined): string {
  if (holder === undefined) return 'nobody has the address';
  if (current === undefined) return `${holder}, which is none of ours, has the address`;
  return `${holder} has the address, and is ${describe(current)}`;
}
