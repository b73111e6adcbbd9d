import { writeSettingsTable } from '@groundwork/service';
import { Config } from './config.ts';

writeSettingsTable(new URL('../README.md', import.meta.url), Config);
