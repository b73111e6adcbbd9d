import { openGeoPlace } from './cloudfront/place.ts';
import { suites } from './cloudfront/suites.ts';
import { runInSandbox } from './sandbox.ts';

runInSandbox('a geo restriction', openGeoPlace, suites);
