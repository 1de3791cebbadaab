// Sets of numbers, as bits of words.

export function clear(set, number) {
  set[number >>> 5] &= ~(1 << (number & 31));
}
export function put(set, number) {
  set[number >>> 5] |= 1 << (number & 31);
}
export function has(set, number) {
  return ((set[number >>> 5] >>> (number & 31)) & 1) === 1;
}

/** Returns a change of a set as words, three for each that it changes: the word, what it keeps, what it gets. */
export function maskOf({ ends, begins }) {
  const words = new Map();
  const wordOf = (number) => {
    const word = number >>> 5;
    if (!words.has(word)) words.set(word, [word, -1, 0]);
    return words.get(word);
  };
  for (const number of ends) wordOf(number)[1] &= ~(1 << (number & 31));
  for (const number of begins) wordOf(number)[2] |= 1 << (number & 31);
  return Int32Array.from([...words.values()].flat());
}

/** Makes the change that a mask says. */
export function apply(mask, set) {
  for (let i = 0; i < mask.length; i += 3) set[mask[i]] = (set[mask[i]] & mask[i + 1]) | mask[i + 2];
}
