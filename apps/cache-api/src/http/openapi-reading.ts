import { problemResponse } from '@groundwork/service';
import { z } from 'zod';

/** Of a read; Cache-Status says why it is this one. */
export const reading = {
  200: {
    description: 'The entry',
    headers: z.object({
      etag: z.string(),
      age: z.string(),
      'cache-status': z.string().meta({
        example: 'groundwork; hit; ttl=297; detail="tier=l1 age=3 version=0/16B3748 lease=none"',
      }),
    }),
  },
  304: { description: 'It is the one of If-None-Match' },
  404: problemResponse('There is none'),
  503: problemResponse('It could not be loaded, and there is nothing older that may be shown'),
};
