// This is what the compiler of the examples compiles for the bench (examples/compiler/programs.txt), as one writes it
// with JS objects: trees, closures, and counters whose fields are changed when they are old.

const build = (depth) =>
  depth === 0 ? { left: null, right: null } : { left: build(depth - 1), right: build(depth - 1) };
const count = (tree) => (tree.left === null ? 1 : 1 + count(tree.left) + count(tree.right));

function trees(n, depth) {
  let sum = 0;
  for (let i = 0; i < n; ++i) sum = (sum + count(build(depth))) | 0;
  return sum;
}

const range = (from, end) => (from === end ? null : { head: from, tail: range(from + 1, end) });
const map = (f, list) => (list === null ? null : { head: f(list.head), tail: map(f, list.tail) });
const fold = (f, value, list) => (list === null ? value : fold(f, f(value, list.head), list.tail));
const compose = (f, g) => (x) => g(f(x));

function closures(n) {
  const by = 3;
  const f = compose(
    (x) => Math.imul(x, by),
    compose(
      (x) => (x + n) | 0,
      (x) => (x - 1) | 0,
    ),
  );
  return fold((sum, x) => (sum + x) | 0, 0, map(f, range(0, n)));
}

function counters(n) {
  const all = new Array(n).fill({ count: 0, step: (x) => (x + 1) | 0 });
  for (let i = 0; i < n; ++i) {
    all[i] = { count: i, step: (x) => (x + i) | 0 };
    const other = all[(i * 7) % n];
    other.step = compose(other.step, all[i].step);
  }
  let sum = 0;
  for (let i = 0; i < n; ++i) sum = (sum + all[i].step(all[i].count)) | 0;
  return sum;
}

function sieve(n) {
  const isOut = new Array(n).fill(false);
  let primes = 0;
  for (let i = 2; i < n; ++i) {
    if (isOut[i]) continue;
    ++primes;
    for (let k = 2 * i; k < n; k += i) isOut[k] = true;
  }
  return primes;
}

function reversed(n) {
  const rows = new Array(n).fill([0]);
  for (let i = 0; i < n; ++i) rows[i] = new Array(i + 1).fill(i);
  let sum = 0;
  for (let i = 0; i < n; ++i) sum = (Math.imul(sum, 3) + rows[n - i - 1][0] + rows[i].length) | 0;
  return sum;
}

export const kCompiled = { trees, closures, counters, sieve, reversed };

/** Gives the steps of the workload, for these functions or for the compiled ones. */
export function compiledBy(functions) {
  return (depth, rounds) => {
    let [left, sum] = [rounds, 0];
    const step = () => {
      sum += functions.trees(8, depth) + functions.closures(1000) + functions.counters(1000) + functions.sieve(5000);
      return --left > 0;
    };
    return { prepare() {}, step, checksum: () => sum, operations: () => rounds };
  };
}

export const compiled = compiledBy(kCompiled);
