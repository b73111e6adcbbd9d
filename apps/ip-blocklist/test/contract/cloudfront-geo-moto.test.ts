import { openGeoPlace } from './cloudfront/place.ts';
import { suites } from './cloudfront/suites.ts';
import { GAPS_OF_GEO } from './known-gaps.ts';
import { runOnReferee } from './referee.ts';

runOnReferee('moto', 'a geo restriction', openGeoPlace, suites, GAPS_OF_GEO.moto);
