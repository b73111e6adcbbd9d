import { generateApiKey } from '@groundwork/service';

/** `npm run api-key -- NAME SCOPE…` prints a key, once, and the record to put into API_KEYS. */
const [name, ...scopes] = process.argv.slice(2);
if (name === undefined || scopes.length === 0) {
  process.stderr.write(
    'Usage: npm run api-key -- NAME SCOPE [SCOPE …]     for example: npm run api-key -- ci images:read\n',
  );
  process.exit(1);
}
const { key, record } = generateApiKey(name, scopes);
process.stdout.write(
  `Key, to be sent as x-api-key (it is not kept anywhere):\n  ${key}\n\nSetting:\n  API_KEYS='${JSON.stringify([record])}'\n`,
);
