import { batchError } from './error.ts';

export const ACCOUNT = '000000000000';

export type ArnKind = 'compute-environment' | 'job-queue' | 'job-definition' | 'job';

export function arnOf(kind: ArnKind, region: string, name: string): string {
  return `arn:aws:batch:${region}:${ACCOUNT}:${kind}/${name}`;
}

/** Everything can be referred to by its name or its ARN; an ARN of another region names nothing here. */
export function nameIn(kind: ArnKind, region: string, reference: string): string {
  if (!reference.startsWith('arn:')) return reference;
  const prefix = arnOf(kind, region, '');
  if (!reference.startsWith(prefix)) throw batchError.client(`${reference} is not a ${kind} of ${region}`);
  return reference.slice(prefix.length);
}
