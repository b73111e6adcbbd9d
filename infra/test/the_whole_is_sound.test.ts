import { describe, expect, it } from 'vitest';
import { EXAMPLES, examples } from '../architectures/all.ts';
import { platform } from '../platform.ts';
import { EXCEPTIONS, type Exception } from './exceptions.ts';
import { findingsOf, type Finding } from './findings.ts';
import { parametersOf, VARIANTS } from './stage.ts';

const used = new Set<Exception>();

function withoutReason(findings: readonly Finding[]): string[] {
  return findings.filter((one) => !isExcepted(one)).map(({ what }) => what);
}

function isExcepted({ rule, path }: Finding): boolean {
  const found = EXCEPTIONS.find((one) => one.rule.test(rule) && one.path.test(path));
  if (found !== undefined) used.add(found);
  return found !== undefined;
}

describe('the validator and cdk-nag find nothing that has no reason', () => {
  it.each(VARIANTS)(
    'with %s',
    (_what, stage, change) => {
      expect(withoutReason(findingsOf((app) => platform(app, parametersOf(stage, change))))).toEqual([]);
    },
    120_000,
  );

  it.each(Object.keys(EXAMPLES))(
    'with the example of %s',
    (name) => {
      expect(withoutReason(findingsOf((app) => examples(app, [name])))).toEqual([]);
    },
    60_000,
  );

  it('and no reason is given for what is not found', () => {
    const idle = EXCEPTIONS.filter((one) => !used.has(one)).map(
      ({ rule, path }) => `${String(rule)} at ${String(path)}`,
    );
    expect(idle).toEqual([]);
  });
});
