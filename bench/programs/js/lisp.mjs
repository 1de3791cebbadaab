// lisp and nqueens with JS objects have an interpreter like that of examples/lisp, for the part of the language that
// the program needs. Lists are pairs, variables are found by name in scopes, macros are expanded in place.

import { kLispText } from './lisp_text.mjs';

class Pair {
  constructor(car, cdr) {
    this.car = car;
    this.cdr = cdr;
  }
}

class LispSymbol {
  value = undefined;
  special = undefined;
  constructor(name) {
    this.name = name;
  }
}

class Scope {
  constructor(outer, names, values) {
    this.outer = outer;
    this.names = names;
    this.values = values;
  }
}

class Closure {
  constructor(parameters, body, scope) {
    this.parameters = parameters;
    this.body = body;
    this.scope = scope;
  }
}

const symbols = new Map();
function intern(name) {
  let symbol = symbols.get(name);
  if (symbol === undefined) {
    symbol = new LispSymbol(name);
    symbols.set(name, symbol);
  }
  return symbol;
}

/** The empty list is null. */
const list = (...items) => items.reduceRight((rest, item) => new Pair(item, rest), null);
const toArray = (pairs) => {
  const items = [];
  for (let each = pairs; each !== null; each = each.cdr) items.push(each.car);
  return items;
};
const second = (pair) => pair.cdr.car;
const third = (pair) => pair.cdr.cdr.car;

function read(text) {
  const tokens = text.match(/'|\(|\)|[^\s()']+/g);
  let at = 0;
  const one = () => {
    const token = tokens[at++];
    if (token === "'") return list(intern('quote'), one());
    if (token === '(') {
      const items = [];
      while (tokens[at] !== ')') items.push(one());
      ++at;
      return list(...items);
    }
    if (token === '#t' || token === '#f') return token === '#t';
    return /^-?\d+$/.test(token) ? Number(token) : intern(token);
  };
  const all = [];
  while (at < tokens.length) all.push(one());
  return all;
}

/** Returns where a variable's value is, as [values, index], or null for a global one. */
function find(symbol, scope) {
  for (let each = scope; each !== null; each = each.outer) {
    let i = 0;
    for (let names = each.names; names !== null; names = names.cdr, ++i)
      if (names.car === symbol) return [each.values, i];
  }
  return null;
}

function lookUp(symbol, scope) {
  for (let each = scope; each !== null; each = each.outer) {
    let i = 0;
    for (let names = each.names; names !== null; names = names.cdr, ++i)
      if (names.car === symbol) return each.values[i];
  }
  if (symbol.value === undefined) throw new Error(`unbound variable: ${symbol.name}`);
  return symbol.value;
}

function valuesOf(parts, scope) {
  const values = [];
  for (let each = parts; each !== null; each = each.cdr) values.push(evaluate(each.car, scope));
  return values;
}

/** Evaluates all but the last expression of a body, and returns the last one. */
function lastOf(body, scope) {
  let each = body;
  for (; each.cdr !== null; each = each.cdr) evaluate(each.car, scope);
  return each.car;
}

function define(expression, scope) {
  const name = second(expression);
  if (name instanceof Pair) name.car.value = new Closure(name.cdr, expression.cdr.cdr, scope);
  else name.value = evaluate(third(expression), scope);
}

function set(expression, scope) {
  const value = evaluate(third(expression), scope);
  const place = find(second(expression), scope);
  if (place === null) second(expression).value = value;
  else place[0][place[1]] = value;
}

function evaluate(expression, scope) {
  for (;;) {
    if (expression instanceof LispSymbol) return lookUp(expression, scope);
    if (!(expression instanceof Pair)) return expression;
    const head = expression.car;
    if (head instanceof LispSymbol && head.special !== undefined) {
      switch (head.special) {
        case 'quote':
          return second(expression);
        case 'if': {
          const branches = expression.cdr.cdr;
          expression = evaluate(second(expression), scope) !== false ? branches.car : second(branches);
          continue;
        }
        case 'define':
          return define(expression, scope);
        case 'set!':
          return set(expression, scope);
        case 'lambda':
          return new Closure(second(expression), expression.cdr.cdr, scope);
        case 'begin':
          expression = lastOf(expression.cdr, scope);
          continue;
        default: {
          const expansion = head.special(expression);
          expression.car = expansion.car;
          expression.cdr = expansion.cdr;
          continue;
        }
      }
    }
    const isLambda = head instanceof Pair && head.car.special === 'lambda';
    const called = isLambda ? null : evaluate(head, scope);
    if (typeof called === 'function') return called(...valuesOf(expression.cdr, scope));
    const [parameters, body] = isLambda ? [second(head), head.cdr.cdr] : [called.parameters, called.body];
    const outer = isLambda ? scope : called.scope;
    scope = parameters === null ? outer : new Scope(outer, parameters, valuesOf(expression.cdr, scope));
    expression = lastOf(body, scope);
  }
}

const lambda = (parameters, body) => new Pair(intern('lambda'), new Pair(parameters, body));
const kMacros = {
  let(expression) {
    if (!(second(expression) instanceof LispSymbol)) {
      const bindings = toArray(second(expression));
      return new Pair(
        lambda(list(...bindings.map((each) => each.car)), expression.cdr.cdr),
        list(...bindings.map(second)),
      );
    }
    const name = second(expression);
    const bindings = toArray(third(expression));
    const loop = lambda(list(...bindings.map((each) => each.car)), expression.cdr.cdr.cdr);
    return new Pair(list(intern('letrec'), list(list(name, loop)), name), list(...bindings.map(second)));
  },
  letrec(expression) {
    const bindings = toArray(second(expression));
    const sets = bindings.map((each) => list(intern('set!'), each.car, second(each)));
    const body = [...sets, ...toArray(expression.cdr.cdr)];
    return list(intern('let'), list(...bindings.map((each) => list(each.car, false))), ...body);
  },
  cond(expression) {
    const [clause, rest] = [second(expression), expression.cdr.cdr];
    if (clause.car === intern('else')) return new Pair(intern('begin'), clause.cdr);
    const others = rest === null ? false : new Pair(intern('cond'), rest);
    return list(intern('if'), clause.car, new Pair(intern('begin'), clause.cdr), others);
  },
  or(expression) {
    const [first, rest] = [second(expression), expression.cdr.cdr];
    const others = rest === null ? false : new Pair(intern('or'), rest);
    const value = new LispSymbol('value');
    return list(intern('let'), list(list(value, first)), list(intern('if'), value, value, others));
  },
};

const kProcedures = {
  '+': (...numbers) => numbers.reduce((a, b) => a + b, 0),
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  remainder: (a, b) => a % b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '=': (a, b) => a === b,
  cons: (car, cdr) => new Pair(car, cdr),
  car: (pair) => pair.car,
  cdr: (pair) => pair.cdr,
  'null?': (value) => value === null,
};

function load() {
  symbols.clear();
  for (const name of ['quote', 'if', 'define', 'set!', 'lambda', 'begin']) intern(name).special = name;
  for (const [name, macro] of Object.entries(kMacros)) intern(name).special = macro;
  for (const [name, procedure] of Object.entries(kProcedures)) intern(name).value = procedure;
  const reverse = `(define (reverse-onto list end)
    (if (null? list) end (reverse-onto (cdr list) (cons (car list) end))))`;
  for (const expression of read(reverse + kLispText)) evaluate(expression, null);
}

const maker = (tasks) => (n, rounds) => {
  let [left, sum] = [rounds * tasks, 0];
  const texts = [`(nqueens ${n})`, `(fib-of (+ 10 ${n}))`, `(digest (sort (random-list (* 250 ${n}) 7)) 1)`];
  return {
    prepare: load,
    step() {
      --left;
      sum += evaluate(read(texts[left % tasks])[0], null);
      return left > 0;
    },
    checksum: () => sum,
    operations: () => rounds * tasks,
  };
};

export const lisp = maker(3);
export const nqueens = maker(1);
