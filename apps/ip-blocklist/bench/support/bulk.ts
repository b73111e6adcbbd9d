import type { TestPostgres } from '@groundwork/database/testing';
import { dotted, randomWords } from './feed.ts';
import { atLeast, atMost, exactly, only, type Figure } from './figure.ts';
import { line, load } from './load.ts';
import { startService } from './service.ts';

/** Every so many lines one is bad, each in another way. */
const BAD_EVERY = 97;
const BAD = ['not JSON\n', line('203.0.113.300', 1), '{"cidr":"203.0.113.1"}\n', `${'x'.repeat(70_000)}\n`];

/** One load of many lines, some of them bad. */
export async function bulk(
  count: number,
  postgres: TestPostgres,
  progress: (text: string) => void,
): Promise<Figure[]> {
  const service = await startService({ DATABASE_URL: await postgres.createDatabase() });
  try {
    const before = service.peakMb();
    progress(`loading ${count} lines`);
    const { seconds, ...result } = await load(service, linesOf(count));
    const bad = result.rejectedLines.map((one) => one.line);
    const planted = Math.floor(count / BAD_EVERY);
    const isEach = bad.length === planted && bad.every((at, i) => at === (i + 1) * BAD_EVERY);
    return [
      atLeast(`bulk load of ${count} lines, per second`, count / seconds, 8_000),
      exactly('lines that became an entry, or renewed one', result.created + result.renewed, count - planted),
      exactly(`${planted} bad lines, each reported with its number`, String(isEach), 'true'),
      only('memory of the service before', before, ' MB'),
      atMost('peak of its memory', service.peakMb(), 600, ' MB'),
      atMost('longest stall of its event loop', await service.longestStall(), 1_000, ' ms'),
      only('its CPU seconds', service.cpuSeconds()),
    ];
  } finally {
    await service.stop();
  }
}

function* linesOf(count: number): Generator<string> {
  const random = randomWords(3);
  for (let i = 1; i <= count; i += 1) {
    const isBad = i % BAD_EVERY === 0;
    yield isBad ? BAD[(i / BAD_EVERY) % BAD.length]! : line(dotted(random()), i % 100);
  }
}
