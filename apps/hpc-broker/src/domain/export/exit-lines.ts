import type { ExitRule } from '@groundwork/contracts';

/** POSIX shell: from `code` what it means, by the first rule that names it, else as the shell does. */
export function meansLines(rules: readonly ExitRule[]): string[] {
  const cases = [
    ...rules.map(({ codes, means }): [string, string] => [codes.map(testOf).join(' || '), means]),
    ['[ "$code" -eq 0 ]', 'success'] as [string, string],
  ];
  return [
    ...cases.map(([test, means], at) => `${at === 0 ? 'if' : 'elif'} ${test}; then means=${means}`),
    'else means=user',
    'fi',
  ];
}

function testOf(range: number | string): string {
  if (typeof range === 'number') return `[ "$code" -eq ${range} ]`;
  const [first = 0, last = 0] = range.split('-').map(Number);
  return `{ [ "$code" -ge ${first} ] && [ "$code" -le ${last} ]; }`;
}

/** Every code that a rule names and an exit can have. */
export function codesOf({ codes }: ExitRule): number[] {
  return codes.flatMap((range) => {
    if (typeof range === 'number') return [range];
    const [first = 0, last = 0] = range.split('-').map(Number);
    return Array.from({ length: 256 }, (_, code) => code).filter((code) => first <= code && code <= last);
  });
}

export const ruleText = ({ codes, means }: ExitRule): string => `${codes.join(', ')} means ${means}`;
