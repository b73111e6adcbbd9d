import { parseCluster as parse, type Configuration } from '@groundwork/aws-sandbox/testing/parallelcluster';
import { catalogue } from '../planner/support.ts';

/** Throws where ParallelCluster would not take it. */
export const parseCluster = (text: string): Configuration => parse(text, catalogue.instances.types);
