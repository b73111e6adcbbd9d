export { startReferee, whyMissing, type Referee, type RefereeName } from './referees.ts';
