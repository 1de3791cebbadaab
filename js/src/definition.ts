// Telling the core about a type: a mgc_type_info with its programs, fields and names, written into the core's scratch
// area. All offsets come from the module's self-description.
// Doors: types.ts.

import { kNull, type Address } from './abi.js';
import type { Program } from './codec.js';
import type { Core } from './core.js';
import { utf8Length, utf8Write } from './utf8.js';

export interface FieldDefinition {
  readonly name: string;
  readonly offset: number;
  /** Name of the core's kind: 'I32', 'REF' … */
  readonly kind: string;
  readonly target: number;
  readonly count: number;
}

export interface Definition {
  /** '' for a type without a name. */
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly pointers: Program;
  readonly hosts: Program;
  readonly fields: readonly FieldDefinition[];
}

/** Where the pieces of a definition go in the scratch area. */
class Scratch {
  #next: Address;
  declare readonly core: Core;

  constructor(core: Core, base: Address) {
    this.core = core;
    this.#next = base;
  }
  static bytesFor(core: Core, definition: Definition): number {
    const { description } = core;
    const text = (name: string): number => utf8Length(name) + 8;
    const words = (program: Program): number => (program?.length ?? 0) * 4 + 8;
    return (
      description.get('sizeof.type_info') +
      text(definition.name) +
      words(definition.pointers) +
      words(definition.hosts) +
      definition.fields.reduce((sum, field) => sum + description.get('sizeof.field') + text(field.name), 16)
    );
  }
  take(bytes: number): Address {
    const address = this.#next;
    this.#next = (Math.ceil((address + bytes) / 8) * 8) as Address;
    this.core.memory.u8.fill(0, address, this.#next);
    return address;
  }
  text(text: string): number {
    const bytes = utf8Length(text);
    const address = this.take(bytes + 1);
    utf8Write(text, this.core.memory.u8, address, bytes);
    return address;
  }
  words(program: readonly number[]): number {
    const address = this.take(program.length * 4);
    this.core.memory.u32.set(program, address >>> 2);
    return address;
  }
}

/** The core's number for the type; equal definitions have one number. Throws what the core says. */
export function defineInCore(core: Core, definition: Definition): number {
  const { wasm, description, memory } = core;
  const base = (core.tryTwice(kNull, () => wasm.mgc_scratch(Scratch.bytesFor(core, definition))) >>> 0) as Address;
  memory.refresh();
  if (base === 0) core.fail();
  const scratch = new Scratch(core, base);
  const info = scratch.take(description.get('sizeof.type_info'));
  const put = (struct: number, name: string, value: number): void => {
    memory.u32[(struct + description.get(name)) >>> 2] = value;
  };
  const putProgram = (member: string, program: Program): void => {
    if (program === null) return;
    const struct = info + description.get(`type_info.${member}`);
    put(struct, 'words_info.program', scratch.words(program));
    put(struct, 'words_info.program_words', program.length);
  };
  put(info, 'type_info.name', definition.name === '' ? 0 : scratch.text(definition.name));
  put(info, 'type_info.size', definition.size);
  put(info, 'type_info.align', definition.align);
  putProgram('pointers', definition.pointers);
  putProgram('host', definition.hosts);
  const fieldBytes = description.get('sizeof.field');
  const fields = scratch.take(fieldBytes * definition.fields.length);
  definition.fields.forEach((field, i) => {
    const struct = fields + i * fieldBytes;
    put(struct, 'field.name', scratch.text(field.name));
    put(struct, 'field.offset', field.offset);
    put(struct, 'field.kind', description.get(`field.${field.kind}`));
    put(struct, 'field.target', field.target);
    put(struct, 'field.count', field.count);
  });
  put(info, 'type_info.fields', fields);
  put(info, 'type_info.field_count', definition.fields.length);
  const id = core.tryTwice(kNull, () => wasm.mgc_type_define(info)) >>> 0;
  memory.refresh();
  if (id === 0) core.fail();
  return id;
}
