import { describe, expect, it } from 'vitest';
import { readAlbLine } from '../src/domain/access-logs/alb-line.ts';
import { parseLogRules } from '../src/domain/access-logs/rule-file.ts';
import { Tally } from '../src/domain/access-logs/tally.ts';
import { readWafLine } from '../src/domain/access-logs/waf-line.ts';
import { albLine, wafLine } from './support/access-logs.ts';

const RULE = 'name: logins, log: alb, threshold: 3, windowSeconds: 60, ttlSeconds: 60';
const rules = (text: string) => parseLogRules(`rules: [{ ${text} }]`);

describe('a line of an ALB', () => {
  it('tells who asked for what, and what came of it', () => {
    expect(readAlbLine(albLine({ status: 401 }))).toEqual({
      log: 'alb',
      at: Date.parse('2026-11-23T10:00:00.123Z'),
      client: '1.2.3.4',
      status: 401,
      method: 'GET',
      path: '/login',
      action: '',
    });
  });

  it.each([
    ['IPv6', { client: '2a00:1450:4001::1:50000' }, { client: '2a00:1450:4001::1' }],
    ['IPv6 in brackets', { client: '[2a00:1450:4001::1]:50000' }, { client: '2a00:1450:4001::1' }],
    ['no status', { status: '-' as unknown as number }, { status: 0 }],
    ['no path', { request: 'GET https://www.example.com:443 HTTP/1.1' }, { path: '/' }],
    ['a request that is none', { request: '- http://www.example.com:80- -' }, { path: '/' }],
    ['no request at all', { request: '-' }, { method: '', path: '' }],
  ])('with %s is read too', (_what, said, read) => {
    expect(readAlbLine(albLine(said))).toMatchObject(read);
  });

  it.each([
    '',
    'h2 yesterday',
    'a b c d e f g h i j k l "m"',
    albLine({ client: '-' }),
    albLine({ at: 'x' }),
  ])('that is none is none: %s', (line) => {
    expect(readAlbLine(line)).toBeUndefined();
  });
});

describe('a line of WAF', () => {
  it('tells who asked for what, and what WAF did', () => {
    expect(readWafLine(wafLine())).toMatchObject({
      client: '1.2.3.4',
      path: '/admin',
      action: 'BLOCK',
      status: 0,
    });
  });

  it.each(['{', 'null', '{}', '{"timestamp":"x","httpRequest":{"clientIp":"1.2.3.4"}}'])(
    'that is none is none: %s',
    (line) => {
      expect(readWafLine(line)).toBeUndefined();
    },
  );
});

describe('a tally', () => {
  const request = { ...readAlbLine(albLine({ status: 401 }))! };

  it('counts per client and window what meets all that a rule names', () => {
    const tally = new Tally(rules(`${RULE}, match: { status: [401, 403], method: [GET], path: ^/log }`));
    for (const status of [401, 403, 200]) tally.add({ ...request, status });
    for (const method of ['POST']) tally.add({ ...request, method });
    tally.add({ ...request, path: '/blog' });
    tally.add({ ...request, log: 'waf' });
    tally.add({ ...request, at: request.at + 60_000 });
    tally.add({ ...request, client: '1.2.3.5' });
    const since = Date.parse('2026-11-23T10:00:00Z');
    expect(tally.take()).toEqual([
      { rule: 'logins', client: '1.2.3.4', since, count: 2 },
      { rule: 'logins', client: '1.2.3.4', since: since + 60_000, count: 1 },
      { rule: 'logins', client: '1.2.3.5', since, count: 1 },
    ]);
    expect(tally.take()).toEqual([]);
  });

  it('counts a whole network of IPv6 as one client, and nobody who cannot be outside', () => {
    const tally = new Tally(rules(RULE));
    for (const client of ['2a00:1450:4001:1::1', '2a00:1450:4001:1:ffff::2', '10.0.0.1', 'fe80::1', '-']) {
      tally.add({ ...request, client });
    }
    expect(tally.take()).toMatchObject([{ client: '2a00:1450:4001:1::/64', count: 2 }]);
  });
});

describe('rules about access logs', () => {
  it.each([
    ['twice the same name', `rules: [{ ${RULE} }, { ${RULE} }]`, 'rules.1.name: logins is there twice'],
    ['no threshold', 'rules: [{ name: x, log: alb, windowSeconds: 1, ttlSeconds: 1 }]', 'rules.0.threshold'],
    ['a path that is no expression', `rules: [{ ${RULE}, match: { path: "(" } }]`, 'rules.0.match.path'],
    [
      'a path that can take for ever',
      `rules: [{ ${RULE}, match: { path: "(a+)+$" } }]`,
      'must not repeat what repeats',
    ],
    ['no YAML', 'rules: [', 'The log rules are not YAML'],
  ])('with %s are refused, and told why', (_what, yaml, message) => {
    expect(() => parseLogRules(yaml)).toThrow(message);
  });
});
