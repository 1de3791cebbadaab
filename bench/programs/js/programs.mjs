// This is the group *programs* with JS objects, each written as one would write it: bench/programs/cpp/ says what they
// are. A maker takes the sizes and gives { prepare, step, checksum, operations }.

import { compiled } from './compiled.mjs';
import { deltablue } from './deltablue.mjs';
import { havlak } from './havlak.mjs';
import { lisp, nqueens } from './lisp.mjs';
import { raytrace } from './raytrace.mjs';
import { richards } from './richards.mjs';
import { splay } from './splay.mjs';

export const kPrograms = { splay, richards, deltablue, havlak, raytrace, lisp, nqueens, compiled };
