// This compiles the Lisp of the examples for Node and for a page: build/lisp/lisp.wasm.

import { join } from 'node:path';
import { must, root } from './process.mjs';

/** Builds what has changed. The toolchain must be there. Returns the path of the module. */
export async function buildLisp() {
  const folder = join(root, 'build', 'lisp');
  const toolchain = join(process.env.EMSCRIPTEN_ROOT, 'cmake', 'Modules', 'Platform', 'Emscripten.cmake');
  const settings = ['-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release', `-DCMAKE_TOOLCHAIN_FILE=${toolchain}`];
  await must('cmake', ['-S', join(root, 'examples', 'lisp'), '-B', folder, ...settings], { quiet: true });
  await must('cmake', ['--build', folder, '--target', 'lisp'], { quiet: true });
  return join(folder, 'lisp.wasm');
}
