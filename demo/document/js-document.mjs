// This is the same document as JS objects: the heap's one is checked against it. It has no recursion either, because
// JSON.stringify overflows the stack on deeply nested documents; where it does, `stringify` here takes its place.
// Doors: main.mjs and edit.mjs.

export function isContainer(value) {
  return typeof value === 'object' && value !== null;
}

/** Visits every value, parents first: `visit(value, depth)`. */
export function walk(root, visit) {
  const open = [];
  let value = root;
  for (;;) {
    visit(value, open.length);
    if (isContainer(value)) open.push({ values: Array.isArray(value) ? value : Object.values(value), i: 0 });
    while (open.length > 0 && open[open.length - 1].i === open[open.length - 1].values.length) open.pop();
    const inner = open[open.length - 1];
    if (inner === undefined) return;
    value = inner.values[inner.i++];
  }
}

/** Gives JSON in pieces, for documents that JSON.stringify cannot do. */
function* pieces(root) {
  const open = [];
  let text = '';
  let value = root;
  for (;;) {
    if (isContainer(value)) {
      const keys = Array.isArray(value) ? undefined : Object.keys(value);
      text += keys === undefined ? '[' : '{';
      open.push({ value, keys, i: 0, count: keys?.length ?? value.length });
    } else {
      text += JSON.stringify(value);
    }
    while (open.length > 0 && open[open.length - 1].i === open[open.length - 1].count)
      text += open.pop().keys === undefined ? ']' : '}';
    const inner = open[open.length - 1];
    if (inner === undefined) break;
    if (inner.i > 0) text += ',';
    const key = inner.keys === undefined ? inner.i : inner.keys[inner.i];
    inner.i += 1;
    if (inner.keys !== undefined) text += `${JSON.stringify(key)}:`;
    value = inner.value[key];
    if (text.length > 1 << 16) {
      yield text;
      text = '';
    }
  }
  yield text;
}

/** Returns JSON in pieces: `{ pieces, by }`, where `by` says who wrote it. */
export function stringify(root) {
  try {
    return { pieces: [JSON.stringify(root)], by: 'JSON.stringify' };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { pieces: pieces(root), by: 'an iterative writer, as JSON.stringify overflows on this document' };
  }
}

/** Returns whether two sequences of pieces are the same text. Takes no more memory than the longest pieces. */
export function sameText(left, right) {
  const others = right[Symbol.iterator]();
  let ahead = '';
  let used = 0;
  for (const piece of left) {
    let at = 0;
    while (at < piece.length) {
      if (used === ahead.length) {
        const next = others.next();
        if (next.done) return false;
        ahead = next.value;
        used = 0;
        continue;
      }
      const count = Math.min(piece.length - at, ahead.length - used);
      if (piece.slice(at, at + count) !== ahead.slice(used, used + count)) return false;
      at += count;
      used += count;
    }
  }
  if (used !== ahead.length) return false;
  for (let next = others.next(); !next.done; next = others.next()) if (next.value !== '') return false;
  return true;
}
