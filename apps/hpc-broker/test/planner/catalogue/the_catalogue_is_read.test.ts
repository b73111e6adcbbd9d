import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { isCuratedBy, parseCurated } from '../../../src/catalogue/curated.ts';
import { readCatalogue } from '../../../src/catalogue/read.ts';
import { instanceTableText, parseInstanceTable } from '../../../src/domain/catalogue/instance-table.ts';
import { parseServices } from '../../../src/domain/catalogue/services.ts';

const folder = new URL('../../../catalogue/', import.meta.url);
const read = (name: string): Promise<string> => readFile(new URL(name, folder), 'utf8');

describe('The catalogue that comes with the project', () => {
  it('is read, and is written again as it was', async () => {
    const { instances, region } = await readCatalogue(folder, 'us-east-1');
    expect(region).toBe('us-east-1');
    expect(instanceTableText(instances, region)).toBe(await read('instances-us-east-1.csv'));
  });

  it('has every type that is curated, and no other', async () => {
    const { instances } = await readCatalogue(folder, 'us-east-1');
    const patterns = parseCurated(await read('curated.txt'));
    const names = instances.types.map(({ type }) => type);
    expect(names.filter((type) => !patterns.some((pattern) => isCuratedBy(pattern, type)))).toEqual([]);
    expect(patterns.filter((pattern) => !names.some((type) => isCuratedBy(pattern, type)))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('names only families of which there are types', async () => {
    const { instances, services } = await readCatalogue(folder, 'us-east-1');
    const families = new Set(instances.types.map(({ type }) => type.split('.')[0]));
    const named = services.speeds.flatMap((speed) => speed.families);
    expect(named.filter((family) => !families.has(family))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
    const types = new Set(instances.types.map(({ type }) => type));
    expect(Object.keys(services.instanceStore.types).filter((type) => !types.has(type))).toEqual([]);
  });

  it('says what is missing of a region that it has not', async () => {
    await expect(readCatalogue(folder, 'eu-north-1')).rejects.toThrow(
      /no catalogue of eu-north-1: cannot read instances-eu-north-1\.csv/,
    );
  });
});

describe('A wrong catalogue', () => {
  it.each([
    ['cores', (line: string) => line.replace(',4,8192', ',four,8192')],
    ['arch', (line: string) => line.replace('arm64', 'mips')],
    ['network', (line: string) => line.replace('ena', 'wifi')],
    ['usd_per_hour', (line: string) => line.replace(/[\d.]+$/, '-1')],
    ['efa', (line: string) => line.replace(',no,', ',maybe,')],
  ])('is refused at the line whose %s is wrong', async (what, spoil) => {
    const text = await read('instances-us-east-1.csv');
    const spoilt = text.replace(/^c8g\.xlarge,.*$/m, spoil);
    expect(spoilt).not.toBe(text);
    expect(() => parseInstanceTable(spoilt)).toThrow(new RegExp(`wrong ${what}: c8g\\.xlarge`));
  });

  it('is refused without a date', async () => {
    const text = await read('instances-us-east-1.csv');
    expect(() => parseInstanceTable(text.replace(/^# prices:.*$/m, ''))).toThrow(/# prices: YYYY-MM-DD/);
  });

  it('is refused with every field that is wrong in its services', async () => {
    const text = await read('services-us-east-1.yaml');
    const wrong = text
      .replace('noticeSeconds: 120', 'noticeSeconds: soon')
      .replace('date: 2026-08-10', 'date: today');
    expect(() => parseServices(wrong)).toThrow(/spot\.price\.date[^]*spot\.noticeSeconds/);
  });
});
