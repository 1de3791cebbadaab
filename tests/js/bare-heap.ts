// This starts a module of the heap without the package's TypeScript, as docs/abi.md says and as another compiler's host
// does.

import { readFileSync } from 'node:fs';

type Exports = Record<string, (...args: number[]) => number>;

const kMaxBytes = 64 << 20;
const kWasmPageBytes = 65536;

/** Returns the bytes of a module in dist/. */
export const shipped = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../../dist/${name}`, import.meta.url)));

/** A heap starts here as any host starts it: a memory, the description, the options, mgc_init. */
export class BareHeap {
  readonly memory = new WebAssembly.Memory({ initial: 64, maximum: kMaxBytes / kWasmPageBytes });
  readonly exports: Exports;
  readonly abi: Record<string, number>;

  /** `options` go by their names in the description. They are 64 bits wide. */
  constructor(bytes: Uint8Array<ArrayBuffer>, options: Record<string, number> = {}) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory: this.memory } });
    this.exports = instance.exports as unknown as Exports;
    this.call('_initialize');
    this.abi = this.describe();
    const view = new DataView(this.memory.buffer);
    view.setBigUint64(this.call('mgc_options') + this.number('options.max_bytes'), BigInt(kMaxBytes), true);
    for (const [name, value] of Object.entries(options)) {
      view.setBigUint64(this.call('mgc_options') + this.number(`options.${name}`), BigInt(value), true);
    }
    view.setUint32(this.call('mgc_memory_end'), this.memory.buffer.byteLength, true);
    if (this.call('mgc_init') !== 0) throw new Error('mgc_init fails');
  }

  /** Returns an unsigned number, as addresses are. */
  call(name: string, ...args: number[]): number {
    const value = this.exports[name]?.(...args);
    return value === undefined ? 0 : value >>> 0;
  }

  number(name: string): number {
    const value = this.abi[name];
    if (value === undefined) throw new Error(`the module does not describe ${name}`);
    return value;
  }

  /** Names end with NUL, the list with an empty name; the values stand in the same order, 32 bits each. */
  private describe(): Record<string, number> {
    const bytes = new Uint8Array(this.memory.buffer);
    const found: Record<string, number> = {};
    let name = this.call('mgc_describe_names');
    let value = this.call('mgc_describe_values');
    while (bytes[name] !== 0) {
      const end = bytes.indexOf(0, name);
      found[new TextDecoder().decode(bytes.slice(name, end))] = new DataView(this.memory.buffer).getUint32(value, true);
      name = end + 1;
      value += 4;
    }
    return found;
  }

  /** Returns the text at an address, which ends with NUL. */
  text(address: number): string {
    const bytes = new Uint8Array(this.memory.buffer);
    return new TextDecoder().decode(bytes.slice(address, bytes.indexOf(0, address)));
  }

  stat(name: string): number {
    const at = this.call('mgc_stats') + this.number(`stats.${name}`);
    return Number(new DataView(this.memory.buffer).getBigUint64(at, true));
  }
}
