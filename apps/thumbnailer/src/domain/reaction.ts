/** What the service does about an event. */
export type Reaction = 'converge' | 'ignore';

/**
 * Any event after which a GET of the object may answer differently asks for a look
 * at it; which of them it was does not matter. The others change nothing visible.
 */
export function reactionTo(event: string): Reaction {
  const [family = '', kind = ''] = event.split(':');
  switch (family) {
    case 'ObjectCreated':
    case 'ObjectRemoved':
    case 'LifecycleExpiration':
      return 'converge';
    case 'ObjectRestore':
      return kind === 'Completed' ? 'converge' : 'ignore';
    default:
      return 'ignore';
  }
}
