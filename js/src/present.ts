// How views look in consoles, debuggers and texts: the type's name and the fields, circles marked, bounded in depth and
// length. The heap is read by addresses, as in copy.ts.
//
// Doors: types.ts puts `faces` on the prototypes of views; array.ts has the same for arrays.

import type { Address } from './abi.js';
import type { Codec, Referent } from './codec.js';
import { elementOf, lengthOf, partOf, placesOf, toJSON } from './copy.js';
import { show } from './errors.js';
import { Handle } from './handle.js';
import { kInspect } from './symbols.js';
import type { Place } from './view.js';

/** As deep and as long as a text of an object gets. */
const kDepth = 2;
const kItems = 100;
const kTextMax = 10_000;

/** Shows a JS value of a `js` field. */
type ShowValue = (value: unknown) => string;

function quoted(text: string): string {
  const short = text.length > kItems ? `${text.slice(0, kItems)}…` : text;
  return `'${short.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`;
}

const kShowValue: ShowValue = (value) =>
  typeof value === 'string' ? quoted(value) : typeof value === 'object' && value !== null ? '[object]' : show(value);

/** One text under way. */
class Text {
  readonly #showValue: ShowValue;
  /** The objects that are open, from the outermost on. */
  readonly #path: string[] = [];
  #left = kTextMax;

  constructor(showValue: ShowValue) {
    this.#showValue = showValue;
  }

  whole({ shape, address, size }: Referent, level: number): string {
    const places = placesOf(shape);
    const element = elementOf(shape);
    const title = shape.type?.name ?? '';
    if (places === undefined && element === undefined) return `[${size} bytes at 0x${address.toString(16)}]`;
    const key = `${title} ${element?.key ?? ''} ${address}`;
    if (this.#path.includes(key)) return '[Circular]';
    if (level < 0) return element === undefined ? `[${title}]` : '[Array]';
    this.#path.push(key);
    const text =
      element === undefined
        ? `${title} ${this.#joined('{', this.#fields(places ?? [], address, level), '}')}`
        : this.#items(element, address, lengthOf(element, size), level);
    this.#path.pop();
    return text;
  }

  #value(codec: Codec, address: Address, level: number): string {
    if (codec.refersTo !== undefined) {
      const referent = codec.refersTo(address);
      return referent !== null ? this.whole(referent, level) : codec.kind === 'slice' ? '[]' : 'null';
    }
    if (codec.kind === 'bytes') {
      const bytes = codec.read(address) as Uint8Array;
      const more = codec.count > kItems ? [`... ${codec.count - kItems} more`] : [];
      const shown = [...bytes.subarray(0, kItems)].map(String);
      return this.#joined(`Uint8Array(${codec.count}) [`, [...shown, ...more], ']');
    }
    if (codec.isPart !== true) {
      const plain = codec.read(address);
      return codec.kind === 'string' ? quoted(plain as string) : this.#showValue(plain);
    }
    const { element, places, count } = partOf(codec, address);
    if (level < 0) return element === undefined ? `[${codec.target?.name ?? ''}]` : '[Array]';
    if (element !== undefined) return this.#items(element, address, count, level);
    return `${codec.target?.name ?? ''} ${this.#joined('{', this.#fields(places ?? [], address, level), '}')}`;
  }

  #items(element: Codec, address: Address, count: number, level: number): string {
    const texts: string[] = [];
    for (let i = 0; i < Math.min(count, kItems) && this.#left > 0; i++)
      texts.push(this.#value(element, (address + i * element.size) as Address, level - 1));
    const more = count - kItems;
    if (more > 0) texts.push(`... ${more} more item${more === 1 ? '' : 's'}`);
    return this.#joined('[', texts, ']');
  }

  *#fields(places: readonly Place[], address: Address, level: number): Generator<string> {
    for (const { name, offset, codec } of places)
      yield `${name}: ${this.#value(codec, (address + offset) as Address, level - 1)}`;
  }

  #joined(open: string, parts: Iterable<string>, close: string): string {
    const texts: string[] = [];
    for (const part of parts) {
      texts.push(part);
      this.#left -= part.length;
      if (this.#left > 0) continue;
      texts.push('…');
      break;
    }
    return texts.length === 0 ? open + close : `${open} ${texts.join(', ')} ${close}`;
  }
}

/** A view, an array or a handle as consoles show it: bounded in depth and length, circles marked. Never throws. */
export function textOf(target: unknown, depth = kDepth, showValue = kShowValue): string {
  const handle = Handle.of(target);
  if (handle === undefined) return 'a view without a handle';
  const shape = Handle.shape(handle);
  const name = shape.type?.name ?? 'handle';
  if (handle.disposed) return `${name} [${shape.core.disposed ? 'heap disposed' : 'disposed'}]`;
  shape.core.refresh();
  return new Text(showValue).whole({ shape, address: Handle.address(handle), size: handle.size }, depth);
}

/** As util.inspect calls it: `depth` is how much deeper it would go. */
export function inspected(
  target: unknown,
  depth: number,
  options: { depth?: number | null } | undefined,
  inspect: ((value: unknown, options?: object) => string) | undefined,
): string {
  const show: ShowValue = (value) =>
    inspect === undefined ? kShowValue(value) : inspect(value, { ...options, depth: 1 });
  return depth < 0
    ? `[${Handle.of(target)?.type?.name ?? 'Array'}]`
    : textOf(target, depth === Infinity ? 8 : depth, show);
}

/** What a value becomes where a text or a number is wanted. */
export function primitive(target: unknown, hint: string): string | number {
  return hint === 'number' ? NaN : textOf(target);
}

/** What views have beside their fields, for consoles, JSON and texts. */
export function faces(typeName: string): PropertyDescriptorMap {
  const method = (value: unknown): PropertyDescriptor => ({ value, configurable: true, writable: true });
  return {
    [Symbol.toStringTag]: method(typeName),
    [Symbol.toPrimitive]: method(function (this: unknown, hint: string): string | number {
      return primitive(this, hint);
    }),
    [kInspect]: method(function (this: unknown, ...rest: unknown[]): string {
      return inspected(this, ...(rest as [number, undefined, undefined]));
    }),
    toJSON: method(function (this: unknown): unknown {
      return toJSON(this);
    }),
  };
}
