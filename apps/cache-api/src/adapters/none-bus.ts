import type { Bus, BusListener } from '../ports/bus.ts';

/** One instance alone: it hears itself. */
export function createNoneBus(): Bus {
  let listener: BusListener | undefined;
  return {
    maxBytes: Infinity,
    publish: async (message) => listener?.onMessage(message),
    start(given) {
      listener = given;
      listener.onConnected();
    },
    stop: async () => {
      listener = undefined;
    },
  };
}
