import type { PlanSource } from '@groundwork/contracts';
import type { Span } from '../span.ts';

/** A way for the data, that is open, or is named because people ask for it. */
export type Route =
  | {
      open: true;
      name: string;
      what: string;
      seconds: Span;
      usd: Span;
      timeFormula: string;
      costFormula: string;
      sources: readonly PlanSource[];
    }
  | {
      open: false;
      name: string;
      reason: string;
      /** Undefined: nobody can tell. */
      seconds: number | undefined;
      source: string;
    };

export type OpenRoute = Extract<Route, { open: true }>;

/** AWS bills by GB and means 2^30 bytes. */
export const gbOf = (bytes: number): number => bytes / 2 ** 30;

export const GBPS = 1e9;
