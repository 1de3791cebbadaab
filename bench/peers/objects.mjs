// Everybody has this peer: plain JS objects. node bench/peers/objects.mjs WORKLOAD WARM SIZES

import { collectEngine, measure, peakResidentBytes } from '../measure.mjs';
import { objects } from './object_workloads.mjs';

measure('js', objects(collectEngine, peakResidentBytes), process.argv.slice(2));
