import { writeFileSync } from 'node:fs';
import { writeSettingsTable } from '@groundwork/service';
import { Config } from './config.ts';
import { openapiOf } from './http/openapi.ts';

// Without any resource: each instance describes its own at /openapi.json.
const openapi = openapiOf({ resources: new Map(), kv: new Map() });
writeFileSync(new URL('../openapi.json', import.meta.url), `${JSON.stringify(openapi, null, 2)}\n`);
writeSettingsTable(new URL('../README.md', import.meta.url), Config);
