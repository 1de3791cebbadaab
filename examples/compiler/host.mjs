// The host starts the standalone heap as docs/abi.md says, and a compiled program beside it.

const kMaxBytes = 256 << 20;
const kWasmPageBytes = 65536;

/** Returns MGC_TAIL_* by the names in the description. */
const tailOf = (abi, items) => (items === undefined ? abi['tail.REPEAT'] : abi['tail.ELEMENTS']);

export class Host {
  memory = new WebAssembly.Memory({ initial: 64, maximum: kMaxBytes / kWasmPageBytes });

  /** `module` is heap.wasm or another flavour, compiled; `options` go by their names in the description. */
  constructor(module, options = {}) {
    this.heap = new WebAssembly.Instance(module, { env: { memory: this.memory } }).exports;
    this.heap._initialize();
    this.abi = this.#describe();
    const place = this.heap.mgc_options();
    for (const [name, value] of Object.entries({ max_bytes: kMaxBytes, ...options }))
      this.#setOption(place, name, value);
    this.view.setUint32(this.heap.mgc_memory_end(), this.memory.buffer.byteLength, true);
    if (this.heap.mgc_init() !== 0) throw new Error('the heap cannot be made');
  }

  get view() {
    return new DataView(this.memory.buffer);
  }

  #describe() {
    const bytes = new Uint8Array(this.memory.buffer);
    const found = {};
    let [name, value] = [this.heap.mgc_describe_names(), this.heap.mgc_describe_values()];
    while (bytes[name] !== 0) {
      const end = bytes.indexOf(0, name);
      found[new TextDecoder().decode(bytes.slice(name, end))] = this.view.getUint32(value, true);
      name = end + 1;
      value += 4;
    }
    return found;
  }

  #setOption(place, name, value) {
    const offset = this.abi[`options.${name}`];
    if (offset === undefined) throw new Error(`this heap has no option ${name}`);
    // Options that are sizes have 64 bits, the others 32.
    if (['initial_bytes', 'max_bytes', 'min_heap_bytes', 'memory_limit', 'mem_profile_rate'].includes(name))
      this.view.setBigUint64(place + offset, BigInt(value), true);
    else this.view.setUint32(place + offset, value, true);
  }

  /** Defines a type and returns its number (body.mjs says what a layout is). */
  #defineType({ name, bytes, pointers, items }) {
    const { abi, view } = this;
    const text = new TextEncoder().encode(`${name}\0`);
    const infoBytes = abi['sizeof.type_info'];
    const info = this.heap.mgc_scratch(infoBytes + 12 + text.length);
    const [mask, tailMask, nameAt] = [info + infoBytes, info + infoBytes + 4, info + infoBytes + 12];
    new Uint8Array(this.memory.buffer).fill(0, info, nameAt).set(text, nameAt);
    const set = (field, value) => view.setUint32(info + abi[`type_info.${field}`], value, true);
    const words = abi['words_info.mask'];
    view.setUint32(
      mask,
      pointers.reduce((bits, isPointer, i) => bits | (isPointer ? 2 ** i : 0), 0),
      true,
    );
    view.setUint32(tailMask, 1, true);
    set('name', nameAt);
    set('size', bytes);
    set('tail', tailOf(abi, items));
    if (pointers.some(Boolean)) view.setUint32(info + abi['type_info.pointers'] + words, mask, true);
    if (items !== undefined) set('tail_size', 4);
    if (items) view.setUint32(info + abi['type_info.tail_pointers'] + words, tailMask, true);
    const number = this.heap.mgc_type_define(info);
    if (number === 0) throw new Error(`${name}: the heap refuses the type with status ${this.heap.mgc_status()}`);
    return number;
  }

  /** Returns the exports of a compiled program ({ bytes, layouts } of compile()): its functions of numbers. */
  load({ bytes, layouts }) {
    const { abi, heap } = this;
    const cards = abi['cards.address'];
    const host = {
      mutator: heap.mgc_mutator(),
      cards: this.view.getUint32(cards + abi['cards.base'], true) | 0,
      'card mask': this.view.getUint32(cards + abi['cards.mask'], true) | 0,
    };
    layouts.forEach((layout, i) => {
      host[`type ${i}`] = this.#defineType(layout);
      host[`slot ${i}`] = heap.mgc_alloc_slot(host[`type ${i}`]);
      host[`bytes ${i}`] = heap.mgc_roundup(layout.bytes);
    });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory: this.memory },
      heap: { mgc_new: heap.mgc_new, mgc_malloc: heap.mgc_malloc, mgc_mutator: heap.mgc_mutator },
      host,
    });
    return Object.fromEntries(Object.entries(exports).map(([name, call]) => [name, this.#guarded(call)]));
  }

  /** A trap leaves frames on the shadow stack. They are taken off here. */
  #guarded(call) {
    return (...args) => {
      const place = this.heap.mgc_mutator() + this.abi['mutator.shadow_top'];
      const top = this.view.getUint32(place, true);
      try {
        return call(...args);
      } finally {
        this.heap.mgc_shadow_restore(top);
      }
    };
  }

  stat(name) {
    return Number(this.view.getBigUint64(this.heap.mgc_stats() + this.abi[`stats.${name}`], true));
  }
}
