// The inspector shows one object with its fields, read by address through heap.raw with the places that its type tells.
// The object is not rooted, so the inspector asks each time anew whether it is still there.

import type { AnyType, FieldInfo, Heap } from 'mallocgc';
import { address as show, bytes, count } from './format.js';
import { addressButton, relations } from './relations.js';

const kTextMax = 60;
const kFieldsMax = 24;

type Reader = (heap: Heap, at: number) => string;

const kScalars: Readonly<Record<string, Reader>> = {
  i8: ({ raw }, at) => String(raw.loadI8(at)),
  u8: ({ raw }, at) => String(raw.loadU8(at)),
  i16: ({ raw }, at) => String(raw.loadI16(at)),
  u16: ({ raw }, at) => String(raw.loadU16(at)),
  i32: ({ raw }, at) => String(raw.loadI32(at)),
  u32: ({ raw }, at) => String(raw.loadU32(at)),
  i64: ({ raw }, at) => String(raw.loadI64(at)),
  u64: ({ raw }, at) => String(raw.loadU64(at)),
  f32: ({ raw }, at) => String(raw.loadF32(at)),
  f64: ({ raw }, at) => String(raw.loadF64(at)),
  bool: ({ raw }, at) => String(raw.loadBool(at)),
  string: ({ raw }, at) => {
    const text = raw.loadString(at);
    return JSON.stringify(text.length > kTextMax ? `${text.slice(0, kTextMax)}…` : text);
  },
  js: ({ raw }, at) => (raw.loadU32(at) === 0 ? 'nothing' : `JS value number ${raw.loadU32(at)}`),
};

/** Returns a field's value as text, or the address it refers to. */
function read(heap: Heap, at: number, field: FieldInfo): string | number {
  const { kind } = field;
  if (kind === 'ref' || kind === 'any' || kind === 'slice') return heap.raw.loadRef(at);
  return (
    kScalars[kind]?.(heap, at) ?? `${field.count > 1 ? `${count(field.count)} elements, ` : ''}${bytes(field.size)}`
  );
}

export class Inspector {
  #address = 0;
  #type: AnyType | null = null;

  constructor(
    readonly panel: HTMLElement,
    private readonly onFollow: (address: number) => void,
  ) {}

  /** Shows the object that an address is in. */
  open(heap: Heap, address: number): void {
    const found = heap.findObject(address);
    this.#address = found?.base ?? 0;
    this.#type = found?.type ?? null;
    if (found === null) this.#say(`There is no object at ${show(address)}: the slot is free.`);
    else this.#render(heap, found.size);
  }

  /** Says so when the object that is shown has been freed. */
  refresh(heap: Heap): void {
    if (this.#address === 0) return;
    const found = heap.findObject(this.#address);
    if (found !== null && found.base === this.#address && found.type === this.#type) return;
    this.#say(`The object at ${show(this.#address)} is gone: nothing reached it, and the collector freed it.`);
    this.#address = 0;
  }

  clear(): void {
    this.#address = 0;
    this.#say('Click a cell of the map, or move with the arrow keys and press Enter.');
  }

  #say(text: string): void {
    const line = document.createElement('p');
    line.className = 'empty';
    line.textContent = text;
    this.panel.replaceChildren(line);
  }

  #render(heap: Heap, size: number): void {
    const title = document.createElement('p');
    title.className = 'object-title';
    title.textContent = `${this.#type?.name ?? 'untyped memory'} · ${show(this.#address)} · ${bytes(size)}`;
    const list = document.createElement('dl');
    list.className = 'fields';
    for (const field of Object.values(this.#type?.fields ?? {}).slice(0, kFieldsMax)) {
      const name = document.createElement('dt');
      name.textContent = `${field.name}: ${field.kind}`;
      const value = document.createElement('dd');
      value.append(this.#value(read(heap, this.#address + field.offset, field)));
      list.append(name, value);
    }
    const more = document.createElement('div');
    more.id = 'relations';
    more.textContent = 'Looking for what keeps it …';
    this.panel.replaceChildren(title, list);
    if (this.#type === null) this.#append('Its bytes have no type: text, or elements of numbers.');
    this.panel.append(more);
    const asked = this.#address;
    setTimeout(() => {
      if (this.#address === asked && more.isConnected) more.replaceChildren(...relations(heap, asked, this.onFollow));
    });
  }

  #append(text: string): void {
    const line = document.createElement('p');
    line.className = 'empty';
    line.textContent = text;
    this.panel.append(line);
  }

  #value(value: string | number): Node {
    if (typeof value === 'string') return document.createTextNode(value);
    if (value === 0) return document.createTextNode('null');
    return addressButton(value, this.onFollow);
  }
}
