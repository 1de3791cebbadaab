// Strings in the heap are UTF-8, in its generalised form (WTF-8): a lone surrogate, which a JS string may hold, is
// encoded like any other code point, so every JS string comes back as it went in. Source of the idea: S. Sapin, "The
// WTF-8 encoding", 2015.
//
// The engine's coders do the long texts, where there are any; loops do the short ones, and all of them in places that
// have no coders, such as worklets. Both ways give the same.
// Doors: values.ts and Heap.string.

/** Up to so many bytes a loop beats the engine's coder. */
const kInLoop = 24;
/**
 * From so many units on, and as long as they fit, texts are measured by encoding them; the encoding is kept for the
 * write.
 */
const kScratchUnitsMin = 24;
const kScratch = new Uint8Array(4096);
/** A unit takes three bytes at most. */
const kScratchUnitsMax = Math.floor(kScratch.length / 3);
const kEncoder = typeof TextEncoder === 'undefined' ? undefined : new TextEncoder();
const kStrictDecoder = decoder(true);
const kDecoder = decoder(false);
/** So many units make one string at a time: an engine bounds the arguments of a call. */
const kUnitsAtOnce = 4096;
const kReplacement = 0xfffd;

/** The text whose encoding is in the scratch, and the bytes of it. */
let scratchText = '';

function decoder(fatal: boolean): TextDecoder | undefined {
  return typeof TextDecoder === 'undefined' ? undefined : new TextDecoder('utf-8', { fatal, ignoreBOM: true });
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/**
 * Browsers' coders refuse such buffers, which a user may have asked for (WebAssembly.Memory.toResizableBuffer); they
 * get copies.
 */
function isResizable({ buffer }: Uint8Array): boolean {
  return (buffer as { resizable?: boolean }).resizable === true;
}

/** Bytes that `text` takes. */
export function utf8Length(text: string): number {
  if (kEncoder !== undefined && text.length >= kScratchUnitsMin && text.length <= kScratchUnitsMax) {
    scratchText = text;
    return kEncoder.encodeInto(text, kScratch).written;
  }
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      bytes += 1;
    } else if (isHigh(unit) && isLow(text.charCodeAt(i + 1))) {
      bytes += 2;
      i += 1;
    } else {
      bytes += 2;
    }
  }
  return bytes;
}

/**
 * Writes a text by the engine's coder. False if there is none, or if the text has a lone surrogate: that becomes
 * U+FFFD, three bytes as well, and is to be written again, unit by unit.
 */
function writeWhole(text: string, u8: Uint8Array, address: number, bytes: number): boolean {
  if (kEncoder === undefined) return false;
  if (scratchText === text) {
    u8.set(kScratch.subarray(0, bytes), address);
    scratchText = '';
  } else if (isResizable(u8)) {
    u8.set(kEncoder.encode(text), address);
  } else {
    kEncoder.encodeInto(text, u8.subarray(address, address + bytes));
  }
  // As many bytes as units: all of them are ASCII. Otherwise: U+FFFD begins with EF. Most texts have no such byte, and
  // looking for one is quick.
  return bytes === text.length || !u8.subarray(address, address + bytes).includes(0xef) || !/\p{Surrogate}/u.test(text);
}

/** Writes the `bytes` bytes of `text` to `u8` at `address`. */
export function utf8Write(text: string, u8: Uint8Array, address: number, bytes: number): void {
  if (bytes > kInLoop) {
    if (writeWhole(text, u8, address, bytes)) return;
  }
  let at = address;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      u8[at++] = code;
      continue;
    }
    if (code < 0x800) {
      u8[at++] = 0xc0 | (code >> 6);
    } else {
      const next = text.charCodeAt(i + 1);
      if (isHigh(code) && isLow(next)) {
        code = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00);
        i += 1;
        u8[at++] = 0xf0 | (code >> 18);
        u8[at++] = 0x80 | ((code >> 12) & 63);
      } else {
        u8[at++] = 0xe0 | (code >> 12);
      }
      u8[at++] = 0x80 | ((code >> 6) & 63);
    }
    u8[at++] = 0x80 | (code & 63);
  }
}

/** The text of `bytes` bytes at `address`. Bytes that are no WTF-8 read as U+FFFD. */
export function utf8Read(u8: Uint8Array, address: number, bytes: number): string {
  const end = address + bytes;
  if (bytes <= kInLoop) {
    let text = '';
    let at = address;
    for (; at < end; at++) {
      const byte = u8[at] as number;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (at === end) return text;
  }
  if (kStrictDecoder === undefined || kDecoder === undefined) return readByHand(u8, address, end);
  const view = isResizable(u8) ? u8.slice(address, end) : u8.subarray(address, end);
  try {
    return kStrictDecoder.decode(view);
  } catch {
    return readWithSurrogates(view, kDecoder);
  }
}

/** Cut at the lone surrogates (ED A0..BF xx), the pieces between are UTF-8. */
function readWithSurrogates(view: Uint8Array, decoder: TextDecoder): string {
  const pieces: string[] = [];
  let from = 0;
  for (let at = view.indexOf(0xed); at >= 0; at = view.indexOf(0xed, at + 1)) {
    const second = view[at + 1] ?? 0;
    const third = view[at + 2] ?? 0;
    if (second < 0xa0 || second > 0xbf || (third & 0xc0) !== 0x80) continue;
    pieces.push(
      decoder.decode(view.subarray(from, at)),
      String.fromCharCode(0xd000 | ((second & 63) << 6) | (third & 63)),
    );
    from = at + 3;
  }
  pieces.push(decoder.decode(view.subarray(from)));
  return pieces.join('');
}

/**
 * The text of the bytes from `at` to `end`, without the engine's help. What is no WTF-8 reads as the Encoding Standard
 * has it: one U+FFFD for each longest beginning of a sequence.
 */
export function readByHand(u8: Uint8Array, at: number, end: number): string {
  let text = '';
  let units: number[] = [];
  while (at < end) {
    const lead = u8[at++] as number;
    const rest = lead < 0x80 ? 0 : lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1;
    let code = rest < 0 ? kReplacement : rest === 0 ? lead : lead & (0x3f >> rest);
    // The first byte after the lead rules out what would be too long a form, and code points above the last.
    let low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    let high = lead === 0xf4 ? 0x8f : 0xbf;
    for (let left = rest; left > 0; left--) {
      const byte = at < end ? (u8[at] as number) : 0;
      if (byte < low || byte > high) {
        code = kReplacement;
        break;
      }
      at += 1;
      code = (code << 6) | (byte & 0x3f);
      [low, high] = [0x80, 0xbf];
    }
    if (code < 0x10000) units.push(code);
    else units.push(0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
    if (units.length < kUnitsAtOnce - 1 && at < end) continue;
    text += String.fromCharCode(...units);
    units = [];
  }
  return text;
}
