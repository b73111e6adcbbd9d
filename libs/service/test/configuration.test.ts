import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  awsSettings,
  booleanSetting,
  httpSettings,
  integerSetting,
  listSetting,
  loadConfig,
  numberSetting,
  parseConfig,
  processSettings,
  setting,
} from '../src/index.ts';

const schema = z.object({
  NAME: setting(z.string(), { description: 'What it is called', example: 'sparrow' }),
  COUNT: setting(integerSetting({ min: 1, max: 9 }).default(3), { description: 'How many', example: '4' }),
  TOKEN: setting(z.string().min(8).optional(), { description: 'Secret', example: 'x', secret: true }),
  LISTED: setting(listSetting().default([]), { description: 'Names', example: 'a,b' }),
});

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(schema, env);
  } catch (error) {
    return (error as { problems: readonly string[] }).problems;
  }
  return [];
}

describe('the configuration', () => {
  it('is typed, with defaults where nothing is set', () => {
    expect(parseConfig(schema, { NAME: ' finch ', COUNT: '7', OTHER: 'ignored' })).toEqual({
      NAME: 'finch',
      COUNT: 7,
      LISTED: [],
    });
  });

  it('names every problem at once, with what is wrong and an example', () => {
    expect(problemsOf({ COUNT: 'many', TOKEN: 'short' })).toEqual([
      'NAME is required (What it is called); for example NAME=sparrow',
      'COUNT="many": must be a whole number; for example COUNT=4',
      expect.stringMatching(/^TOKEN: .*8.*; for example TOKEN=x$/),
    ]);
  });

  it('never prints a secret back', () => {
    expect(problemsOf({ NAME: 'n', TOKEN: 'hunter2' }).join('\n')).not.toContain('hunter2');
  });

  it('counts an empty or blank variable as not set', () => {
    expect(parseConfig(schema, { NAME: 'n', COUNT: '', TOKEN: '  ' })).toEqual({
      NAME: 'n',
      COUNT: 3,
      LISTED: [],
    });
    expect(problemsOf({ NAME: ' ' })).toEqual([expect.stringMatching(/^NAME is required/)]);
  });

  it.each(['0', '10', '1.5', '1e1', '0x1', 'NaN', '７', '--1'])('refuses COUNT=%s', (COUNT) => {
    expect(problemsOf({ NAME: 'n', COUNT })).toHaveLength(1);
  });

  it('reads numbers, booleans and lists as people write them', () => {
    const all = z.object({
      RATIO: numberSetting({ min: 0, max: 1 }),
      ON: booleanSetting(),
      LISTED: listSetting(),
    });
    expect(parseConfig(all, { RATIO: '0.25', ON: 'false', LISTED: 'a, b,,c ' })).toEqual({
      RATIO: 0.25,
      ON: false,
      LISTED: ['a', 'b', 'c'],
    });
    expect(() => parseConfig(all, { RATIO: '1.01', ON: 'yes', LISTED: 'a' })).toThrow('2 problems');
  });

  it('binds loopback, logs at info and calls AWS itself unless told otherwise', () => {
    const all = z.object({ ...processSettings, ...httpSettings(3001), ...awsSettings });
    expect(parseConfig(all, {})).toEqual({
      LOG_LEVEL: 'info',
      DRAIN_SECONDS: 25,
      HOST: '127.0.0.1',
      PORT: 3001,
      TRUSTED_PROXY_HOPS: 0,
      AWS_REGION: 'us-east-1',
      AWS_MAX_ATTEMPTS: 4,
    });
    expect(() => parseConfig(all, { PORT: '65536', TRUSTED_PROXY_HOPS: 'true' })).toThrow('2 problems');
  });
});

describe('a composition root', () => {
  class Exit extends Error {}
  function start(env: Record<string, string>, ...argv: string[]) {
    const seen = { out: '', err: '', code: undefined as number | undefined, config: undefined as unknown };
    try {
      seen.config = loadConfig(schema, {
        env,
        argv: ['node', 'main.ts', ...argv],
        stdout: { write: (text) => (seen.out += text) },
        stderr: { write: (text) => (seen.err += text) },
        exit(code) {
          seen.code = code;
          throw new Exit();
        },
      });
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
    }
    return seen;
  }

  it('gets its configuration, silently', () => {
    expect(start({ NAME: 'n' })).toMatchObject({ out: '', err: '', code: undefined, config: { NAME: 'n' } });
  });

  it('exits 1 and says what is wrong', () => {
    const { err, out, code } = start({});
    expect({ out, code }).toEqual({ out: '', code: 1 });
    expect(err).toBe(
      'The configuration is not valid (1 problem):\n  NAME is required (What it is called); for example NAME=sparrow\n',
    );
  });

  it('exits 0 with --check-config when all is well, and 1 when it is not', () => {
    expect(start({ NAME: 'n' }, '--check-config')).toMatchObject({
      code: 0,
      out: 'The configuration is valid.\n',
    });
    expect(start({}, '--check-config')).toMatchObject({ code: 1, out: '' });
  });
});
