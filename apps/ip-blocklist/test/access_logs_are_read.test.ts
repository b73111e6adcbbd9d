import { describe, expect, it } from 'vitest';
import { readAlbLine } from '../src/domain/access-logs/alb-line.ts';
import { PathPattern } from '../src/domain/access-logs/path-pattern.ts';
import { parseLogRules } from '../src/domain/access-logs/rule-file.ts';
import { takeLog } from '../src/domain/access-logs/take-log.ts';
import { Tally } from '../src/domain/access-logs/tally.ts';
import { readWafLine } from '../src/domain/access-logs/waf-line.ts';
import type { Said } from '../src/ports/entries.ts';
import type { TakenLogs } from '../src/ports/logs.ts';
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
    const tally = new Tally(
      rules(`${RULE}, match: { status: [401, 403], method: [GET], path: [/log*, /account/**] }`),
    );
    for (const status of [401, 403, 200]) tally.add({ ...request, status });
    for (const method of ['POST']) tally.add({ ...request, method });
    tally.add({ ...request, path: '/blog' });
    tally.add({ ...request, path: '/account' });
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

describe('a ban by an access log', () => {
  /** What is said at that time of three requests in the window from 10:00 to 10:05. */
  async function saidAt(time: string) {
    const said: Said[] = [];
    let counted = 0;
    const parts = {
      logs: {
        async *lines() {
          yield [albLine(), albLine(), albLine()];
        },
      },
      taken: {
        progress: () => Promise.resolve({ records: 0, isDone: false }),
        count: (_ref, _step, hits, judge) => {
          counted += hits.length;
          const judged = hits.flatMap((one) => judge({ ...one, before: 0 }) ?? []);
          said.push(...judged.flatMap((one) => one.said ?? []));
          return Promise.resolve(judged);
        },
        forget: () => Promise.resolve(),
      } satisfies TakenLogs,
      rules: rules('name: many, log: alb, threshold: 3, windowSeconds: 300, ttlSeconds: 600'),
      protectedRanges: () => [],
      now: () => Date.parse(`2026-11-23T${time}Z`),
    };
    await takeLog(parts, { bucket: 'b', key: 'k', state: 's' }, new AbortController().signal);
    expect(counted).toBe(1);
    return said.map(({ ttlSeconds }) => ttlSeconds);
  }

  it.each([
    ['at the end of the window', '10:05:00', [600]],
    ['two minutes after it', '10:07:00', [480]],
    ['before it is over', '10:02:00', [600]],
    ['before it has begun, by another clock', '09:00:00', [600]],
    ['when hardly anything of the ban is left', '10:14:59.500', [1]],
    ['when all of it is just over', '10:15:00', [1]],
    ['later, as with old logs that are read again', '10:15:00.001', []],
  ])('that is read %s lasts from the end of the window', async (_when, time, ttls) => {
    expect(await saidAt(time)).toEqual(ttls);
  });
});

describe('a pattern of paths', () => {
  it.each([
    ['/login', ['/login'], ['/login/', '/login2', '/a/login', '/LOGIN', '']],
    ['/wp-*', ['/wp-', '/wp-login.php'], ['/wp-admin/x', '/a/wp-x']],
    ['/*/edit', ['/a/edit', '//edit'], ['/a/b/edit', '/edit']],
    ['/admin/**', ['/admin/', '/admin/a/b'], ['/admin', '/a/admin/']],
    ['**/.env', ['/.env', '/a/b/.env'], ['/.env.local', '/xenv']],
    ['**/a*/b', ['/a/b', '/x/aa/b', '/a/a/b'], ['/a/x/b']],
    ['/a.b+(c)$', ['/a.b+(c)$'], ['/axb+(c)$', '/a.bb(c)']],
    ['**', ['', '/', '/a/b'], []],
  ])('%s means all of a path, * a part between slashes and ** anything', (text, those, others) => {
    const pattern = new PathPattern(text);
    expect(those.filter((path) => !pattern.walk(path).isMatch)).toEqual([]);
    expect(others.filter((path) => pattern.walk(path).isMatch)).toEqual([]);
  });

  it.each(['/**a*a**a*a**a*a**a*b', '**a'.repeat(60), '/' + '*a'.repeat(90), '/**/a**/a**/a*/x'])(
    'takes no more steps than it has letters, for each letter of a path: %s',
    (text) => {
      const pattern = new PathPattern(text);
      for (const path of ['/' + 'a'.repeat(10_000), '/a'.repeat(5_000), '/'.repeat(10_000)]) {
        expect(pattern.walk(path).steps).toBeLessThanOrEqual(text.length * path.length);
      }
    },
  );

  it('without wildcards is left at the first letter that differs', () => {
    expect(new PathPattern('/login').walk('/x' + 'a'.repeat(10_000)).steps).toBe(2);
  });
});

describe('rules about access logs', () => {
  it.each([
    ['twice the same name', `rules: [{ ${RULE} }, { ${RULE} }]`, 'rules.1.name: logins is there twice'],
    ['no threshold', 'rules: [{ name: x, log: alb, windowSeconds: 1, ttlSeconds: 1 }]', 'rules.0.threshold'],
    [
      'a path that is a regular expression',
      `rules: [{ ${RULE}, match: { path: ^/login } }]`,
      'rules.0.match.path.0: must be a path as /login, /wp-* or /admin/**, and is no regular expression',
    ],
    [
      'a path with its query',
      `rules: [{ ${RULE}, match: { path: [/a, "/b?c=d"] } }]`,
      'rules.0.match.path.1',
    ],
    ['no path in their list', `rules: [{ ${RULE}, match: { path: [] } }]`, 'rules.0.match.path'],
    [
      'what only WAF does',
      `rules: [{ ${RULE}, match: { action: [BLOCK] } }]`,
      'rules.0.match.action: an ALB takes no action: only the log waf has one',
    ],
    ['no YAML', 'rules: [', 'The log rules are not YAML'],
  ])('with %s are refused, and told why', (_what, yaml, message) => {
    expect(() => parseLogRules(yaml)).toThrow(message);
  });
});
