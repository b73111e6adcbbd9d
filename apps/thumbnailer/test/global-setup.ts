import { makePrograms } from '@groundwork/service/testing';

export default (): Promise<void> => makePrograms(['src/main.ts'], ['sharp', 'swagger-ui-dist']);
