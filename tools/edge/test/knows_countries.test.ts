import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parseGeoFile } from '../src/geo-file.ts';

it('tells the country of the narrowest network with an address in it, of both families', () => {
  const countryOf = parseGeoFile(
    'geo.csv',
    [
      '# comment',
      'network,country',
      '',
      '192.0.2.128/25,FR',
      '192.0.2.0/24,DE # comment',
      '192.0.2.129/32 , US',
      '2001:db8::/32,DE',
      '2001:db8:1::/48,FR',
    ].join('\r\n'),
  );
  expect(['192.0.2.1', '192.0.2.128', '192.0.2.129', '192.0.3.1'].map(countryOf)).toEqual([
    'DE',
    'FR',
    'US',
    undefined,
  ]);
  expect(['2001:db8::1', '2001:db8:1::1', '2001:db9::1'].map(countryOf)).toEqual(['DE', 'FR', undefined]);
});

it.each([
  ['192.0.2.0/33,DE', /^geo\.csv:2: 192\.0\.2\.0\/33,DE: .*prefix longer/],
  ['somewhere,DE', /^geo\.csv:2: .*not an IP address/],
  ['192.0.2.0/24', /^geo\.csv:2: .*network,country/],
  ['192.0.2.0/24,Germany', /^geo\.csv:2: .*two capitals/],
  ['192.0.2.0/24,de', /^geo\.csv:2: .*two capitals/],
  ['192.0.2.0/24,DE,Europe', /^geo\.csv:2: .*network,country/],
])('refuses the line %s by its number', (line, message) => {
  expect(() => parseGeoFile('geo.csv', `192.0.2.0/24,DE\n${line}\n`)).toThrow(message);
});

it('reads the file of development', () => {
  const file = new URL('../../dev/geo.csv', import.meta.url);
  const countryOf = parseGeoFile('geo.csv', readFileSync(file, 'utf8'));
  expect(['127.0.0.44', '127.0.0.45', '203.0.113.9', '127.0.0.1'].map(countryOf)).toEqual([
    'DE',
    'FR',
    'US',
    undefined,
  ]);
});

it('does not start with a file that has a wrong line, and says which', () => {
  const dir = mkdtempSync(join(tmpdir(), 'edge-geo-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'geo.csv');
  writeFileSync(file, '192.0.2.0/24,DE\nnonsense\n');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/main.ts'], {
    cwd: new URL('..', import.meta.url),
    env: { PORT: '0', EDGE_GEO_FILE: file },
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect(status).toBe(1);
  expect(stdout + stderr).toContain(`${file}:2: nonsense`);
});
