import type { Faults } from '../faults/rules.ts';
import type { Shortages } from './places.ts';

/** Of the faults in force. */
export function shortagesOf(faults: Faults): Shortages {
  return {
    isShort: (environment, instanceType) =>
      faults.strike({ operation: 'batch:Capacity', environment, instanceType }).length > 0,
    misconfiguration: (environment) => {
      const [fault] = faults.strike({ operation: 'batch:Configuration', environment });
      return fault !== undefined && 'reason' in fault ? fault.reason : undefined;
    },
  };
}
