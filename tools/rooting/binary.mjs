// The tools read this from a WebAssembly binary without a compiler: its sections by name.

const kDecoder = new TextDecoder();
const kMagic = [0x00, 0x61, 0x73, 0x6d];

export class RootingError extends Error {}

/** Thrown for bytes that are not what they have to be: of the module itself, or of one of its custom sections. */
export class Damaged extends RootingError {}

export class UnknownInstruction extends RootingError {}

export function unknownInstruction(name, instruction) {
  return new UnknownInstruction(`${name}: an instruction that this tool does not know: ${instruction}`);
}

/** Reads what is in [at, end) of some bytes. */
export class Reader {
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }
  u32() {
    if (this.at < this.end && this.bytes[this.at] < 0x80) return this.bytes[this.at++];
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.at >= this.end) throw new Damaged('the module is cut off');
      const byte = this.bytes[this.at++];
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80 && result < 2 ** 32) return result;
    }
    throw new Damaged('the module has a number that is too long');
  }
  /** Reads how many of something follow, each of which has a byte at least. */
  count() {
    const count = this.u32();
    if (count > this.end - this.at) throw new Damaged('the module is cut off');
    return count;
  }
  /** Reads a number of any length; of more than 53 bits it gives about how much it is. */
  uleb() {
    let result = 0;
    for (let scale = 1; ; scale *= 128) {
      if (this.at >= this.end) throw new Damaged('the module is cut off');
      const byte = this.bytes[this.at++];
      result += (byte & 0x7f) * scale;
      if (byte < 0x80) return result;
    }
  }
  /** Passes over a number of any length. */
  leb() {
    while (this.bytes[this.at++] > 0x7f);
  }
  s32() {
    let result = 0;
    let shift = 0;
    let byte = 0;
    do {
      byte = this.bytes[this.at++];
      result |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte > 0x7f);
    return shift < 32 && byte & 0x40 ? result | (-1 << shift) : result;
  }
  /** Reads a little-endian number of so many bytes. */
  fixed(bytes) {
    const kMost = 8;
    if (bytes > kMost) throw new Damaged('the module has a number that is too long');
    let result = 0;
    for (let i = 0; i < bytes; ++i) result += (this.bytes[this.at++] ?? 0) * 2 ** (8 * i);
    return result;
  }
  zeroTerminated() {
    const start = this.at;
    while (this.at < this.end && this.bytes[this.at] !== 0) this.at += 1;
    return kDecoder.decode(this.bytes.subarray(start, this.at++));
  }
  string() {
    const length = this.u32();
    if (this.at + length > this.end) throw new Damaged('the module is cut off');
    this.at += length;
    return kDecoder.decode(this.bytes.subarray(this.at - length, this.at));
  }
  /** Passes over a name, which is not decoded. */
  passString() {
    const length = this.u32();
    this.at += length;
    if (this.at > this.end) throw new Damaged('the module is cut off');
  }
}

/**
 * Returns the sections of a module: { id, name, start, end }, with a name for custom ones. Throws for what is no
 * module.
 */
export function sections(bytes) {
  if (bytes.length < 8 || kMagic.some((byte, i) => bytes[i] !== byte))
    throw new RootingError('not a WebAssembly module: it does not begin with \\0asm');
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  if (version !== 1) throw new RootingError(`not a core WebAssembly module: version ${version}`);
  const found = [];
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const id = bytes[reader.at++];
    const size = reader.u32();
    const start = reader.at;
    if (start + size > bytes.length) throw new Damaged('the module is cut off');
    const name = id === 0 ? new Reader(bytes, start, start + size).string() : '';
    found.push({ id, name, start, end: start + size });
    reader.at = start + size;
  }
  return found;
}

/** Returns the bytes of a custom section, without its name, or undefined if there is none. */
export function customSection(bytes, name) {
  const section = sections(bytes).find((each) => each.id === 0 && each.name === name);
  if (section === undefined) return undefined;
  const reader = new Reader(bytes, section.start, section.end);
  reader.string();
  return bytes.subarray(reader.at, section.end);
}

/**
 * Reads what a custom section holds. A valid module may have anything there: where that is damaged, `onWarning` is
 * told, and the answer is undefined, as if there were no such section.
 */
export function readCustom(name, onWarning, read) {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    onWarning(`the custom section ${name} is damaged, and passed over`);
    return undefined;
  }
}
