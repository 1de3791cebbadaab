// This damages modules: bytes anywhere, or in custom sections only, which leaves a module valid. The same numbers give
// the same damage.

import { Reader, sections } from '../../tools/rooting/binary.mjs';
import type { Numbers } from './random.ts';
import type { Bytes } from './support.ts';

const kHeaderBytes = 8;

/** Changes one to three bytes behind the header; one in ten modules is cut off besides. */
export function damaged(bytes: Bytes, random: Numbers): Bytes {
  const out = Uint8Array.from(bytes);
  const place = (): number => kHeaderBytes + random.below(bytes.length - kHeaderBytes);
  for (let n = 1 + random.below(3); n > 0; --n)
    out[place()] = random.below(2) === 0 ? random.below(256) : (bytes[place()] ?? 0);
  return random.below(10) === 0 ? out.subarray(0, random.below(bytes.length)) : out;
}

export interface CustomSection {
  readonly name: string;
  readonly start: number; // of the content behind the name
  readonly end: number;
}

export function customSections(bytes: Bytes): CustomSection[] {
  return sections(bytes)
    .filter(({ id }: { id: number }) => id === 0)
    .map(({ name, start, end }: CustomSection) => {
      const reader = new Reader(bytes, start, end);
      reader.passString();
      return { name, start: reader.at, end };
    });
}

/** Returns a module without its custom sections. */
export function withoutCustom(bytes: Bytes): Bytes {
  const parts = [bytes.subarray(0, kHeaderBytes)];
  let at = kHeaderBytes;
  for (const { id, end } of sections(bytes) as { id: number; end: number }[]) {
    if (id !== 0) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** Changes one to four bytes in a custom section, or fills the section's end with one byte. */
export function damagedCustom(bytes: Bytes, random: Numbers): Bytes {
  const out = Uint8Array.from(bytes);
  const { start, end } = random.pick(customSections(bytes).filter((each) => each.end > each.start));
  const place = (): number => start + random.below(end - start);
  if (random.below(8) === 0) return out.fill(random.pick([0, 0x16, 0x7f, 0xff]), place(), end);
  for (let n = 1 + random.below(4); n > 0; --n) out[place()] = random.pick([0, 0xff, 0x80, random.below(256)]);
  return out;
}

/** Returns a module whose custom section of a name has other content, or none of that name. */
export function withCustom(bytes: Bytes, wanted: string, content: readonly number[] | undefined): Bytes {
  const parts = [[...bytes.subarray(0, kHeaderBytes)]];
  let at = kHeaderBytes;
  for (const { id, name, end } of sections(bytes) as { id: number; name: string; end: number }[]) {
    if (id !== 0 || name !== wanted) parts.push([...bytes.subarray(at, end)]);
    at = end;
  }
  if (content !== undefined) {
    const payload = [wanted.length, ...new TextEncoder().encode(wanted), ...content];
    const size = [payload.length & 0x7f, (payload.length >> 7) & 0x7f, payload.length >> 14];
    parts.push([0, (size[0] ?? 0) | 0x80, (size[1] ?? 0) | 0x80, size[2] ?? 0, ...payload]);
  }
  return new Uint8Array(parts.flat());
}
