import fc from 'fast-check';

/** Every character that a shell, sbatch or a comment could take for something else, and any other. */
const nasty = fc.constantFrom(
  '\n',
  '\r',
  '\r\n',
  "'",
  '"',
  '`',
  '$(',
  '${',
  '\\',
  '!',
  '#',
  ' ',
  '&;|',
  '*~',
  '\n#SBATCH --nodes=99',
  '%=-',
  '\u0001\u007f\t',
  'ü漢😀',
  '{index}',
  "'$'\\r''",
);
export const word = fc
  .array(fc.oneof(nasty, fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 6 })
  .map((parts) => parts.join('').replaceAll('\0', '').toWellFormed());

const variable = fc.oneof(
  fc.constantFrom(
    'PATH',
    'IFS',
    'UID',
    'BASH_ENV',
    'GREETING',
    'TMPDIR',
    'GROUNDWORK_JOB_ID',
    'element',
    '_X',
  ),
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,10}$/),
);
/** The dynamic linker heeds those, and the shell of the test overwrites these: they say nothing of the script. */
const usual = (name: string): boolean => !/^(LD_.*|_|PWD|OLDPWD|SHLVL|LC_.*|LANG|GLIBC_.*)$/.test(name);

const inside = fc
  .array(fc.stringMatching(/^[a-z' $%\n-]{1,6}$/), { minLength: 1, maxLength: 2 })
  .map((parts) => parts.join('/'));
const signal = fc.constantFrom('SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGINT', 'SIGHUP');

/** Without its command. */
export const anyJob = fc
  .record(
    {
      environment: fc.dictionary(variable.filter(usual), word, { maxKeys: 5 }),
      outputs: fc.array(
        inside.map((from) => ({ from, to: `s3://bucket/{index}/${encodeURIComponent(from)}` })),
        { maxLength: 2 },
      ),
      inputs: fc.array(
        inside.map((to) => ({ from: `s3://bucket/{index}/in`, to })),
        { maxLength: 1 },
      ),
      spread: fc.oneof(
        fc.constant({}),
        fc.record({ array: fc.record({ size: fc.integer({ min: 2, max: 100 }), atOnce: fc.constant(2) }) }),
        fc.record({
          mpi: fc.record({
            nodes: fc.integer({ min: 1, max: 4 }),
            ranksPerNode: fc.integer({ min: 1, max: 4 }),
            network: fc.constantFrom('any', 'low-latency', 'efa'),
          }),
        }),
      ),
      checkpoint: fc.record({ signal, graceSeconds: fc.integer({ min: 1, max: 600 }) }),
      exitCodes: fc.array(
        fc.record({
          codes: fc.array(
            fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom('10-19', '200-999', '9-1')),
            {
              minLength: 1,
              maxLength: 3,
            },
          ),
          means: fc.constantFrom('user', 'infrastructure', 'preemption', 'fatal'),
        }),
        { maxLength: 6 },
      ),
      retries: fc.record({
        user: fc.integer({ min: 0, max: 3 }),
        infrastructure: fc.integer({ min: 0, max: 3 }),
        preemption: fc.integer({ min: 0, max: 12 }),
      }),
      walltimeSeconds: fc.integer({ min: 1, max: 100_000 }),
      image: word.filter((text) => text !== ''),
      labels: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), word, { maxKeys: 2 }),
      resources: fc.record(
        {
          cores: fc.integer({ min: 1, max: 4 }),
          memoryMiB: fc.integer({ min: 16, max: 3_000 }),
          arch: fc.constantFrom('x86_64', 'arm64'),
          scratchGiB: fc.integer({ min: 1, max: 500 }),
        },
        { requiredKeys: [] },
      ),
      purchase: fc.constantFrom('any', 'spot', 'on-demand'),
      priority: fc.integer({ min: 0, max: 1_000 }),
    },
    { requiredKeys: [] },
  )
  .map(({ spread, ...rest }) => ({ ...rest, ...spread }));
