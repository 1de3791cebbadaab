// Drives CMake: one build tree a preset, configured once, built as far as something changed.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { must, root } from './process.mjs';

/** The build tree of a preset. */
export function tree(preset) {
  return join(root, 'build', preset);
}

function isConfigured(preset) {
  const marker = join(tree(preset), 'build.ninja');
  // Ninja itself looks after CMakeLists.txt, but not after the presets.
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(root, 'CMakePresets.json')).mtimeMs;
}

/** Settings that depend on what the machine has; they win over the preset's. */
function machineSettings(preset) {
  const { MALLOCGC_CLANG, MALLOCGC_CLANGXX } = process.env;
  if (preset !== 'native-asan' || !MALLOCGC_CLANGXX) return [];
  return [`-DCMAKE_C_COMPILER=${MALLOCGC_CLANG}`, `-DCMAKE_CXX_COMPILER=${MALLOCGC_CLANGXX}`];
}

/** Builds the targets of a preset (all of them, when none is named). Throws when the build fails. */
export async function buildPreset(preset, targets = []) {
  if (!isConfigured(preset)) await must('cmake', ['--preset', preset, ...machineSettings(preset)]);
  const choice = targets.length > 0 ? ['--target', ...targets] : [];
  await must('cmake', ['--build', tree(preset), ...choice]);
}
