// This reads what a size table needs of a wasm binary: its sections, its function bodies with their names, its data
// segments. The format is that of the WebAssembly specification, chapter 5. Names are read from the custom section that
// its appendix describes.

/** The reader is a place in the bytes that moves on as it is read. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  /** Reads an unsigned LEB128 number below 2^32. */
  number() {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
      shift += 7;
    }
  }
  text() {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }
  skip(bytes) {
    this.at += bytes;
  }
}

const kSectionNames = [
  'custom',
  'type',
  'import',
  'function',
  'table',
  'memory',
  'global',
  'export',
  'start',
  'element',
  'code',
  'data',
  'data count',
  'tag',
];
const kHeaderBytes = 8;
const kNamesOfFunctions = 1;

/** Returns every section: { name, begin, end }, the place of its contents. Custom sections carry their own name. */
export function sectionsOf(bytes) {
  const sections = [];
  for (const reader = new Reader(bytes, kHeaderBytes); reader.at < bytes.length; ) {
    const id = reader.number();
    const length = reader.number();
    const begin = reader.at;
    const name = id === 0 ? new Reader(bytes, begin).text() : (kSectionNames[id] ?? `section ${id}`);
    sections.push({ name, begin, end: begin + length });
    reader.skip(length);
  }
  return sections;
}

/** Returns how many functions are imported: they come first in the numbering. The engine tells it. */
function importedFunctions(bytes) {
  return WebAssembly.Module.imports(new WebAssembly.Module(bytes)).filter((entry) => entry.kind === 'function').length;
}

function functionNames(bytes, section) {
  const names = new Map();
  const reader = new Reader(bytes, section.begin);
  reader.text();
  while (reader.at < section.end) {
    const kind = reader.number();
    const length = reader.number();
    if (kind !== kNamesOfFunctions) {
      reader.skip(length);
      continue;
    }
    for (let left = reader.number(); left > 0; --left) names.set(reader.number(), reader.text());
  }
  return names;
}

/**
 * Returns the bodies of the module's own functions: { name, body }, in their order. Without a name section their names
 * are numbers.
 */
export function functionsOf(bytes) {
  const sections = sectionsOf(bytes);
  const code = sections.find((section) => section.name === 'code');
  const named = sections.find((section) => section.name === 'name');
  const names = named ? functionNames(bytes, named) : new Map();
  const reader = new Reader(bytes, code.begin);
  const count = reader.number();
  const first = importedFunctions(bytes);
  return Array.from({ length: count }, (_, i) => {
    const begin = reader.at;
    reader.skip(reader.number());
    return { name: names.get(first + i) ?? `function ${first + i}`, body: bytes.subarray(begin, reader.at) };
  });
}
