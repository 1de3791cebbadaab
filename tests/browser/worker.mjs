// This module worker runs the common script and posts what it says.

import * as mallocgc from '../../dist/index.js';
import { smoke } from '../engines/smoke.mjs';

postMessage(await smoke(mallocgc));
