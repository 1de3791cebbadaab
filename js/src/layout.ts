// From fields as written to codecs in their places: natural alignment, in the order given, as a C compiler lays out a
// struct.
//
// References may be mutual, so they name their target and are resolved when a value is read; a struct or an array
// inside an object needs its target's size, so those are laid out first, and a type that contains itself by value is an
// error. Doors: types.ts.

import type { ArrayShape } from './array.js';
import type { Codec, Program } from './codec.js';
import { joinPrograms } from './codec.js';
import { problem, show } from './errors.js';
import type { Handle, Shape } from './handle.js';
import { kNumberKinds, numberCodec } from './numbers.js';
import { checkNumber, kMaxBytes } from './options.js';
import type { Runtime } from './runtime.js';
import { arrayCodec, arrayShape, bytesCodec, newArray, sliceCodec, structCodec } from './sequences.js';
import { Type, type TypeRecord } from './type.js';
import { anyCodec, boolCodec, jsCodec, refCodec, stringCodec } from './values.js';
import type { Place } from './view.js';

const kNestingMax = 32;

/** What the layout of one set of fields comes to. */
export interface Layout {
  readonly size: number;
  readonly align: number;
  readonly places: readonly Place[];
  readonly pointers: Program;
  readonly hosts: Program;
}

/** Finds types by the names and values that fields refer to. */
export interface Targets {
  /** The record of a target; laid out if `byValue`. Throws BAD_TYPE, WRONG_HEAP. */
  resolve(target: unknown, where: string, byValue: boolean): TypeRecord;
  /** The core's type of one element. */
  elementType(element: Codec): number;
  initialise(owner: Handle, offset: number, target: Type, value: unknown): void;
}

function shapeOf(target: Type): Shape {
  return (Type.record(target) as TypeRecord).shape;
}

export class Layouts {
  readonly #runtime: Runtime;
  readonly #targets: Targets;
  readonly #typeOf: (record: TypeRecord) => Type;
  /** One codec, and one shape of arrays, for each key. */
  readonly #codecs = new Map<string, Codec>();
  readonly #arrays = new Map<string, ArrayShape>();

  constructor(runtime: Runtime, stringShape: Shape, targets: Targets, typeOf: (record: TypeRecord) => Type) {
    this.#runtime = runtime;
    this.#targets = targets;
    this.#typeOf = typeOf;
    for (const kind of kNumberKinds) this.#codecs.set(kind, numberCodec(runtime, kind));
    this.#codecs.set('bool', boolCodec(runtime));
    this.#codecs.set('js', jsCodec(runtime));
    this.#codecs.set('string', stringCodec(runtime, stringShape));
    this.#codecs.set('any', anyCodec(runtime, shapeOf));
  }

  /** The codec of a number kind and the like. */
  simple(kind: string): Codec {
    return this.#codecs.get(kind) as Codec;
  }

  arrayShape(element: Codec): ArrayShape {
    let shape = this.#arrays.get(element.key);
    if (shape === undefined) this.#arrays.set(element.key, (shape = arrayShape(this.#runtime, element)));
    return shape;
  }

  /** The codec for a field as written. `where` names it in errors. */
  codec(field: unknown, where: string, depth = 0): Codec {
    if (depth > kNestingMax) throw problem('BAD_TYPE', `${where} is nested deeper than ${kNestingMax}`);
    if (typeof field !== 'object' || field === null)
      throw problem('BAD_TYPE', `${where} is ${show(field)}, not a field (t.i32, t.ref(…) …)`);
    const { kind, target, element, count } = field as {
      kind?: unknown;
      target?: unknown;
      element?: unknown;
      count?: unknown;
    };
    switch (kind) {
      case 'ref': {
        const type = this.#typeOf(this.#targets.resolve(target, where, false));
        return this.#once(refCodec(this.#runtime, type, shapeOf));
      }
      case 'struct':
        return this.byValue(this.#targets.resolve(target, where, true));
      case 'slice': {
        const shape = this.arrayShape(this.element(element, where, depth + 1));
        const allocate = (of: ArrayShape, length: number): ReturnType<typeof newArray> =>
          newArray(
            this.#runtime,
            of,
            this.#targets.elementType(of.element),
            length,
            this.#runtime.description.get('flag.NOSCAN'),
          );
        return this.#once(sliceCodec(this.#runtime, shape, allocate));
      }
      case 'array': {
        const shape = this.arrayShape(this.element(element, where, depth + 1));
        const n = this.#count(count, shape.element.size, where);
        return this.#once(arrayCodec(this.#runtime, shape, n));
      }
      case 'bytes':
        return this.#once(bytesCodec(this.#runtime, this.#count(count, 1, where)));
      default: {
        const simple = typeof kind === 'string' ? this.#codecs.get(kind) : undefined;
        if (simple === undefined || simple.key !== kind)
          throw problem('BAD_TYPE', `${where} has no kind of field: ${show(kind)}`);
        return simple;
      }
    }
  }

  /** An element: a field, or a type by value. */
  element(element: unknown, where: string, depth = 0): Codec {
    if (Type.record(element) !== undefined) return this.byValue(this.#targets.resolve(element, where, true));
    return this.codec(element, where, depth);
  }

  byValue(record: TypeRecord): Codec {
    if (record.byValue === undefined) {
      const initialise: Targets['initialise'] = (owner, offset, target, value) =>
        this.#targets.initialise(owner, offset, target, value);
      record.byValue = structCodec(this.#typeOf(record), record, shapeOf, initialise);
    }
    return record.byValue;
  }

  /** Places for the fields of a type. */
  layout(name: string, fields: readonly (readonly [string, unknown])[]): Layout {
    const places: Place[] = [];
    let size = 0;
    let align = 1;
    for (const [field, written] of fields) {
      const where = `${name}.${field}`;
      if (field === '$') throw problem('BAD_TYPE', `${where}: $ is the handle of a view, no name for a field`);
      const codec = this.codec(written, where);
      size = Math.ceil(size / codec.align) * codec.align;
      places.push({ name: field, offset: size, codec });
      size += codec.size;
      align = Math.max(align, codec.align);
      if (size > kMaxBytes) throw problem('BAD_SIZE', `${name} is larger than ${kMaxBytes} bytes`);
    }
    size = Math.ceil(size / align) * align;
    const pieces = (which: 'pointers' | 'hosts'): Parameters<typeof joinPrograms>[1] =>
      places.map(({ offset, codec }) => ({ at: offset, program: codec[which], size: codec.size }));
    return {
      size,
      align,
      places,
      pointers: joinPrograms(this.#runtime, pieces('pointers'), size),
      hosts: joinPrograms(this.#runtime, pieces('hosts'), size),
    };
  }

  #count(count: unknown, elementSize: number, where: string): number {
    const n = checkNumber(`${where}: count`, count, 0, kMaxBytes);
    if (n * elementSize > kMaxBytes) throw problem('BAD_SIZE', `${where} is larger than ${kMaxBytes} bytes`);
    return n;
  }

  #once(codec: Codec): Codec {
    const known = this.#codecs.get(codec.key);
    if (known !== undefined) return known;
    this.#codecs.set(codec.key, codec);
    return codec;
  }
}
