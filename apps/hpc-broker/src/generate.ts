import { writeFileSync } from 'node:fs';
import { writeSettingsTable } from '@groundwork/service';
import { Config } from './config.ts';
import { openapi } from './http/openapi.ts';

writeFileSync(new URL('../openapi.json', import.meta.url), `${JSON.stringify(openapi, null, 2)}\n`);
writeSettingsTable(new URL('../README.md', import.meta.url), Config);
