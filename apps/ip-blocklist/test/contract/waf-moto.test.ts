import { runOnReferee } from './waf/referee.ts';

runOnReferee('moto');
