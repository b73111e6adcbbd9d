import { runContract } from './contract.ts';
import { suites } from './suites.ts';

runContract('moto', suites);
