import { describe, expect, it } from 'vitest';
import { parseFeeds, type Feed } from '../src/domain/feeds/feed-file.ts';
import { candidatesOf, type Candidate } from '../src/domain/feeds/formats.ts';
import { nextRun, retryAt } from '../src/domain/feeds/schedule.ts';

function read(feed: Pick<Feed, 'format' | 'csv'>, text: string) {
  const lines: Candidate[] = [];
  const candidates = candidatesOf(feed, text);
  for (;;) {
    const { done, value } = candidates.next();
    if (done === true) return { lines, problem: value };
    lines.push(value);
  }
}
const told = ({ lines }: ReturnType<typeof read>): string[] =>
  lines.map(({ line, text, confidence, problem }) =>
    [line, text, confidence ?? '-', ...(problem === undefined ? [] : [problem])].join(' '),
  );

describe('a list of the format', () => {
  it('plain has an address, network or range per line, and comments', () => {
    const text =
      '\uFEFF# Tor exits\r\n45.1.2.3\r\n\r\n45.1.2.0/24 ; DROP\r\n45.1.2.5 - 45.1.2.9 # scanners\n2a00::/32';
    expect(told(read({ format: 'plain' }, text))).toEqual([
      '2 45.1.2.3 -',
      '4 45.1.2.0/24 -',
      '5 45.1.2.5 - 45.1.2.9 -',
      '6 2a00::/32 -',
    ]);
  });

  it('netset is what FireHOL publishes', () => {
    const text = `#
# firehol_level1
#
# ipv4 hash:net ipset
# Maintainer      : FireHOL
#
0.0.0.0/8
1.10.16.0/20
224.0.0.0/3
`;
    expect(told(read({ format: 'netset' }, text))).toEqual([
      '7 0.0.0.0/8 -',
      '8 1.10.16.0/20 -',
      '9 224.0.0.0/3 -',
    ]);
  });

  it('ipsum counts the lists that name an address, 20 of confidence for each', () => {
    const text =
      '# IPsum Threat Intelligence Feed\n#\n45.1.2.3\t10\n45.1.2.4\t3\n45.1.2.5\t1\n45.1.2.6\n45.1.2.7\tx\n';
    expect(told(read({ format: 'ipsum' }, text))).toEqual([
      '3 45.1.2.3 100',
      '4 45.1.2.4 60',
      '5 45.1.2.5 20',
      '6 45.1.2.6 - has no count of lists behind the address',
      '7 45.1.2.7\tx - has no count of lists behind the address',
    ]);
  });

  const drop = [
    '{"cidr":"1.10.16.0/20","sblid":"SBL256894","rir":"apnic"}',
    '{"cidr":"1.19.0.0/16","sblid":"SBL434604","rir":"apnic"}',
  ];
  const metadata =
    '{"type":"metadata","timestamp":1755820932,"size":2,"records":2,"copyright":"(c) 2026 The Spamhaus Project SLU","terms":"https://www.spamhaus.org/drop/terms/"}';

  it('spamhaus is a record per line, and the number of them in the end', () => {
    const { lines, problem } = read({ format: 'spamhaus' }, [...drop, metadata, ''].join('\n'));
    expect(lines.map(({ text }) => text)).toEqual(['1.10.16.0/20', '1.19.0.0/16']);
    expect(problem).toBeUndefined();
  });

  it('spamhaus without its end, or with another number, is told to be truncated', () => {
    expect(read({ format: 'spamhaus' }, drop.join('\n')).problem).toMatch(/^it is truncated/);
    expect(read({ format: 'spamhaus' }, [drop[0], metadata].join('\n')).problem).toBe(
      'it has 1 records, and says that it has 2',
    );
  });

  it('csv has a column with the address, by name or number, and perhaps one with the confidence', () => {
    const text =
      '# abuse.ch\nfirst seen,"ip","note, long",score\n2026-01-01,45.1.2.3,"a, ""b""",80\n2026-01-01,45.1.2.4,,101\nshort\n';
    expect(
      told(
        read(
          {
            format: 'csv',
            csv: { column: 'ip', confidenceColumn: 'score', delimiter: ',', header: true },
          },
          text,
        ),
      ),
    ).toEqual([
      '3 45.1.2.3 80',
      '4 45.1.2.4 - has no confidence from 0 to 100 in score',
      '5 short - has no column ip',
    ]);
    const numbered = { column: 2, delimiter: ';', header: false };
    expect(told(read({ format: 'csv', csv: numbered }, 'x;45.1.2.3\n'))).toEqual(['1 45.1.2.3 -']);
    const wrong = { column: 'address', delimiter: ',', header: true };
    expect(read({ format: 'csv', csv: wrong }, text).problem).toBe('its first line names no column address');
  });
});

describe('a feed file', () => {
  const file = (more: string) => `feeds: [{ name: list, ttlSeconds: 3600, ${more} }]`;
  const plain = 'format: plain, schedule: { every: 1h }';

  it('needs only what cannot be guessed', () => {
    const [feed] = parseFeeds(file(`url: "https://example.com/l", ${plain}`));
    expect(feed).toMatchObject({
      confidence: 100,
      guard: {
        maxShrinkPercent: 30,
        maxGrowthPercent: 200,
        maxShare: { ipv4: 10, ipv6: 0.01 },
        widestPrefix: { ipv4: 8, ipv6: 19 },
      },
      limits: { maxBytes: 67_108_864, timeoutSeconds: 60 },
    });
    expect(parseFeeds('')).toEqual([]);
  });

  it.each([
    [
      'that comes from nowhere',
      file(plain),
      'feeds.0.url: a feed comes from exactly one of url, s3 and file',
    ],
    ['that comes from two places', file(`url: "https://a.b/", file: x, ${plain}`), 'exactly one of'],
    ['that comes by another protocol', file(`url: "ftp://a.b/", ${plain}`), 'must be an https:// or http://'],
    [
      'without its column',
      file('file: x, format: csv, schedule: { every: 1h }'),
      'feeds.0.csv: the format csv',
    ],
    [
      'with the name of a column and no header',
      file('file: x, format: csv, csv: { column: ip, header: false }, schedule: { every: 1h }'),
      'without a header columns have numbers',
    ],
    [
      'with half a cron expression',
      file('file: x, format: plain, schedule: "* *"'),
      'feeds.0.schedule: must be',
    ],
    ['every second', file('file: x, format: plain, schedule: "* * * * * *"'), 'five parts'],
    ['on a day that never comes', file('file: x, format: plain, schedule: "0 0 31 2 *"'), 'never comes true'],
    ['with a word that nobody knows', file(`file: x, guards: {}, ${plain}`), '"guards"'],
    ['that is not YAML', 'feeds: [', 'The feeds are not YAML'],
    [
      'with all of that at once',
      `feeds:
  - { name: a, ttlSeconds: 1, format: plain, schedule: "* *" }
  - { name: a, ttlSeconds: 1, file: x, format: csv, schedule: { every: 1h } }`,
      /feeds\.0\.url[^]*feeds\.0\.schedule[^]*feeds\.1\.name: a is there twice[^]*feeds\.1\.csv/,
    ],
  ])('%s is refused, and told why', (_name, yaml, message) => {
    expect(() => parseFeeds(yaml)).toThrow(message);
  });
});

describe('the schedule', () => {
  const at = (time: string) => new Date(`2026-03-01T${time}Z`);

  it('by cron is in UTC', () => {
    expect(nextRun('a', '30 4 * * *', at('04:30:00'))).toEqual(new Date('2026-03-02T04:30:00Z'));
  });

  it('by period comes once in it, at a time of its own', () => {
    const times = ['a', 'b', 'c', 'd'].map((name) =>
      nextRun(name, { every: '1h' }, at('04:00:00')).getTime(),
    );
    expect(new Set(times).size).toBe(4);
    for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) {
      expect(times[i]! - at('04:00:00').getTime()).toBeLessThanOrEqual(3_600_000);
      expect(nextRun(name, { every: '1h' }, new Date(times[i]!)).getTime() - times[i]!).toBe(3_600_000);
    }
  });

  it('is not waited for after a failure, but for ever longer up to there', () => {
    const pauses = [1, 2, 3, 9].map(
      (failures) => retryAt(failures, at('04:00:00'), at('04:10:00')).getTime() - at('04:00:00').getTime(),
    );
    expect(pauses).toEqual([30_000, 60_000, 120_000, 600_000]);
  });
});
