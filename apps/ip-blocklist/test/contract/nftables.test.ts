import { whyMissing } from '../support/namespaces.ts';
import { runContract } from '@groundwork/service/testing/contract';
import { openNftPlace } from './nftables/place.ts';
import { suites } from './nftables/suites.ts';

runContract(
  {
    name: 'nftables in a network namespace',
    missing: whyMissing(),
    start: () =>
      Promise.resolve({ open: () => Promise.resolve(openNftPlace()), stop: () => Promise.resolve() }),
  },
  suites,
);
