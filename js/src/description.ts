// The module's self-description: every offset, enum value and constant of the core that the package needs, read by name
// when the module is loaded. No layout number is typed in anywhere else; a name that is missing is an error at load.
// Doors: start.ts reads it; Core hands it out.

import type { HeapExports } from './abi.js';
import { problem, type ErrorCode } from './errors.js';
import type { Memory } from './memory.js';

/** The ABI that this package was written for: raised by every change that it would misread. */
const kAbi = 2;

export class Description {
  readonly #values = new Map<string, number>();

  constructor(wasm: HeapExports, memory: Memory) {
    let name = wasm.mgc_describe_names() >>> 0;
    let value = (wasm.mgc_describe_values() >>> 0) >>> 2;
    while (memory.u8[name] !== 0) {
      const end = memory.u8.indexOf(0, name);
      this.#values.set(memory.text(name, end - name), memory.u32[value++] as number);
      name = end + 1;
    }
    if (this.#values.get('abi') !== kAbi) {
      throw problem('BAD_ARGUMENT', `heap.wasm has ABI ${this.#values.get('abi')}, this package needs ${kAbi}`);
    }
  }

  get(name: string): number {
    const value = this.#values.get(name);
    if (value === undefined)
      throw problem('BAD_ARGUMENT', `heap.wasm does not describe ${name}: is it heap.lean.wasm?`);
    return value;
  }

  /** All names that begin so, without the prefix. */
  under(prefix: string): [string, number][] {
    return [...this.#values]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]);
  }

  /** The error code for a status number. TRY_AGAIN is out of memory: whoever could collect and repeat has done so. */
  codeOf(status: number): ErrorCode {
    if (status === this.get('status.TRY_AGAIN')) return 'OUT_OF_MEMORY';
    for (const [name, value] of this.under('status.')) if (value === status) return name as ErrorCode;
    return 'CORRUPT';
  }
}
