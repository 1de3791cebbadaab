// Options reach the core as flags of mgc_set_debug, and as fields of mgc_options.
// Doors: start.ts, Heap.setDebug.

import type { Address } from './abi.js';
import type { Description } from './description.js';
import type { Memory } from './memory.js';
import type { DebugOptions, Settings } from './options.js';

const kDebugFlags: readonly (readonly [keyof DebugOptions, string])[] = [
  ['gctrace', 'debug.GCTRACE'],
  ['checkmark', 'debug.CHECKMARK'],
  ['poison', 'debug.POISON'],
  ['verify', 'debug.VERIFY'],
  ['finalizerChecks', 'debug.FINALIZER_CHECKS'],
  ['cycleTrace', 'debug.RECORD_CYCLES'],
  ['allocFreeTrace', 'debug.RECORD_ALLOCATIONS'],
];

export function debugFlags(debug: DebugOptions, description: Description): number {
  return kDebugFlags.reduce((flags, [name, bit]) => (debug[name] ? flags | description.get(bit) : flags), 0);
}

/** Fills the mgc_options struct at `address`. */
export function writeOptions(
  settings: Settings,
  maxBytes: number,
  address: Address,
  memory: Memory,
  description: Description,
): void {
  const wide = (name: string, value: number): void => {
    memory.u64[(address + description.get(`options.${name}`)) >>> 3] = BigInt(value);
  };
  wide('max_bytes', maxBytes);
  for (const [name, value] of Object.entries(settings.numbers)) wide(name, value);
  memory.i32[(address + description.get('options.gc_percent')) >>> 2] = settings.gcPercent;
  memory.u32[(address + description.get('options.debug_flags')) >>> 2] = debugFlags(settings.debug, description);
  memory.u32[(address + description.get('options.stress_every')) >>> 2] = settings.debug.stressEvery ?? 0;
  memory.u32[(address + description.get('options.mode')) >>> 2] = description.get(
    `mode.${settings.mode.toUpperCase()}`,
  );
  memory.u32[(address + description.get('options.no_barriers')) >>> 2] = settings.noBarriers ? 1 : 0;
}
