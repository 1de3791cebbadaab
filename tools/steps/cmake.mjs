// This drives CMake: one build tree a preset is configured once, and built as far as something changed.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { must, root } from './process.mjs';

/** Returns the build tree of a preset. */
export function tree(preset) {
  return join(root, 'build', preset);
}

function isConfigured(preset) {
  const marker = join(tree(preset), 'build.ninja');
  // Ninja itself looks after CMakeLists.txt, but not after the presets.
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(root, 'CMakePresets.json')).mtimeMs;
}

const kOfClang = ['native-asan', 'native-tsan'];

/** Returns settings that depend on what the machine has. They win over the preset's. */
function machineSettings(preset) {
  const { MALLOCGC_CLANG, MALLOCGC_CLANGXX } = process.env;
  if (!kOfClang.includes(preset) || !MALLOCGC_CLANGXX) return [];
  return [`-DCMAKE_C_COMPILER=${MALLOCGC_CLANG}`, `-DCMAKE_CXX_COMPILER=${MALLOCGC_CLANGXX}`];
}

/** Returns what the cache of a preset's tree has for a variable, or null. */
function cached(preset, name) {
  const cache = join(tree(preset), 'CMakeCache.txt');
  if (!existsSync(cache)) return null;
  return new RegExp(`^${name}:\\w+=(.*)$`, 'm').exec(readFileSync(cache, 'utf8'))?.[1] ?? null;
}

/**
 * Builds the targets of a preset (all of them, when none is named), with `settings` for CMake's variables. Throws when
 * the build fails.
 */
export async function buildPreset(preset, targets = [], settings = {}) {
  const changed = Object.entries(settings).filter(([name, value]) => cached(preset, name) !== value);
  if (!isConfigured(preset) || changed.length > 0) {
    const given = changed.map(([name, value]) => `-D${name}=${value}`);
    await must('cmake', ['--preset', preset, ...machineSettings(preset), ...given]);
  }
  const choice = targets.length > 0 ? ['--target', ...targets] : [];
  await must('cmake', ['--build', tree(preset), ...choice]);
}
