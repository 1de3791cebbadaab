// This makes random programs in C: functions that make, link, copy and drop nodes held in locals, with loops, calls,
// structs and arrays. The same seed gives the same program.

export class Numbers {
  #state: number;
  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 12345) >>> 0 || 1;
  }
  below(n: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % n;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

const kLocals = ['a', 'b', 'c', 'd', 'e'] as const;

function expression(random: Numbers, functions: number, depth: number): string {
  const sub = (): string => expression(random, functions, depth - 1);
  if (depth === 0) return random.pick([...kLocals, 'p.a', 'p.b', '0']);
  switch (random.below(functions > 0 ? 7 : 5)) {
    case 0:
      return random.pick(kLocals);
    case 1:
      return `make(${sub()}, ${sub()}, n + ${random.below(9)})`;
    case 2:
      return `(${sub()} ? ${sub()} : ${sub()})`;
    case 3:
      return `child(${sub()}, ${random.below(2)})`;
    case 4:
      return `make(${random.pick(kLocals)}, 0, sum)`;
    case 5:
      return `f${random.below(functions)}(${sub()}, ${sub()}, n / 2)`;
    default:
      return `*second(${sub()}, ${sub()})`;
  }
}

function statement(random: Numbers, functions: number, depth: number): string {
  const value = (d = 2): string => expression(random, functions, d);
  const inner = (): string => statement(random, functions, depth - 1);
  switch (random.below(depth > 0 ? 9 : 6)) {
    case 0:
    case 1:
      return `${random.pick(kLocals)} = ${value()};`;
    case 2:
      return `p = pair(${value(1)}, ${value(1)});`;
    case 3:
      return `{ Pair q = p; p.a = ${value(1)}; spoil(3); ${random.pick(kLocals)} = q.b; p = q; }`;
    case 4:
      return `sum = sum * 31 + weigh(${value(1)}, 6);`;
    case 5:
      return `{ Node* all[4] = {a, b, c, d}; turn(all); a = all[0]; d = all[3]; }`;
    case 6:
      return `for (u32 i = 0; i < ${1 + random.below(4)}; ++i) { ${inner()} ${inner()} }`;
    case 7:
      return `if (weigh(${random.pick(kLocals)}, 2) & 1) { ${inner()} } else { ${inner()} }`;
    default:
      return `switch (sum % 3) { case 0: ${inner()} break; case 1: ${inner()} default: ${inner()} }`;
  }
}

/** Returns a program that exports test_random(n). */
export function randomProgram(seed: number): string {
  const random = new Numbers(seed);
  const functions = 2 + random.below(4);
  const text = [
    '#include "heap.h"',
    'typedef struct Pair { Node* a; Node* b; } Pair;',
    'NOINLINE static void spoil(u32 n) { for (u32 i = 0; i < n; ++i) make(0, 0, i); }',
    'NOINLINE static u32 weigh(Node* n, u32 depth) { return n && depth ? value_of(n) + 3 * weigh(n->left, depth - 1) + 5 * weigh(n->right, depth - 1) : 7; }',
    'static inline Node* child(Node* n, int right) { return n ? (right ? n->right : n->left) : 0; }',
    'static inline Pair pair(Node* a, Node* b) { Pair p = {a, b}; return p; }',
    'NOINLINE static Node** second(Node* a, Node* b) { Node* holder = make(a, b, 3); spoil(1); return &holder->right; }',
    'NOINLINE static void turn(Node** all) { Node* first = all[0]; all[0] = make(all[1], first, 5); spoil(1); all[3] = first; }',
  ];
  for (let i = 0; i < functions; ++i) {
    const body = Array.from({ length: 3 + random.below(5) }, () => statement(random, i, 2)).join('\n  ');
    text.push(`NOINLINE static Node* f${i}(Node* a, Node* b, u32 n) {
  Node *c = 0, *d = a, *e = b; Pair p = {a, b}; u32 sum = n;
  ${body}
  return make(${random.pick(kLocals)}, make(${random.pick(kLocals)}, p.a, weigh(p.b, 4)), sum);
}`);
  }
  text.push(`EXPORT(test_random) u32 test_random(u32 n) { return weigh(f${functions - 1}(make(0, 0, 1), 0, n), 12); }`);
  return `${text.join('\n')}\n`;
}
