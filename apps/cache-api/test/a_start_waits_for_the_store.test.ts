import { expect, it } from 'vitest';
import { awaitStore } from '../src/adapters/await-store.ts';
import { StoreUnavailable } from '../src/ports/store.ts';

function storeThatAnswersAt(attempt: number) {
  const said: string[] = [];
  const state = { checks: 0 };
  const check = async (): Promise<void> => {
    state.checks += 1;
    if (state.checks < attempt) throw new StoreUnavailable('redis is connecting');
  };
  return {
    state,
    said,
    store: { check },
    logger: { warn: (_: object, text: string) => void said.push(text) },
  };
}

it('until it answers, and nothing is said of it', async () => {
  const { state, said, store, logger } = storeThatAnswersAt(3);
  await awaitStore(store, logger, { forMs: 10_000, everyMs: 1 });
  expect({ ...state, said }).toEqual({ checks: 3, said: [] });
});

it('but not for ever: it says that it starts without', async () => {
  const { said, store, logger } = storeThatAnswersAt(Infinity);
  await awaitStore(store, logger, { forMs: 5, everyMs: 1 });
  expect(said).toEqual(['the store does not answer: starting without it, until it does']);
});
