// The checker gives each expression of a tree its `type` and each variable its `binding`, and says of each function
// expression which variables of outer functions it needs (`captures`). After it, only nil, an index, and memory can go
// wrong.

import { SourceError } from './parser.mjs';

const kInt = { kind: 'int' };
const kBool = { kind: 'bool' };
const kNil = { kind: 'nil' };
const kNothing = { kind: 'nothing' };

export const isPointer = (type) => !['int', 'bool', 'nothing'].includes(type.kind);

export function textOf(type) {
  if (type.kind === 'record') return type.name;
  if (type.kind === 'array') return `[${textOf(type.element)}]`;
  if (type.kind !== 'function') return type.kind;
  return `(${type.parameters.map(textOf).join(', ')}) -> ${textOf(type.result)}`;
}

const same = (a, b) => textOf(a) === textOf(b);
/** nil is of every type of objects. */
const fits = (value, place) => same(value, place) || (value.kind === 'nil' && isPointer(place));

class Checker {
  constructor(tree, source) {
    this.source = source;
    this.records = new Map(tree.records.map((record) => [record.name, record]));
    this.functions = new Map(tree.functions.map((each) => [each.name, each]));
    for (const { fields } of tree.records) for (const { type } of fields) this.known(type);
  }

  fail(node, text) {
    throw new SourceError(text, node.at, this.source);
  }
  known(type) {
    if (type.kind === 'array') this.known(type.element);
    if (type.kind === 'function') for (const each of [...type.parameters, type.result]) this.known(each);
    if (type.kind === 'record' && !this.records.has(type.name)) this.fail(type, `no record ${type.name}`);
    return type;
  }
  wants(node, type, scope) {
    const found = this.type(node, scope);
    if (!fits(found, type)) this.fail(node, `${textOf(type)} expected, but this is ${textOf(found)}`);
    return type;
  }

  /** Makes a function's scope: its variables by name, and the scope around it if it is an expression. */
  body(node, outer) {
    const scope = { names: new Map(), outer, owner: node };
    node.captures = [];
    for (const { name, type } of node.parameters) scope.names.set(name, { name, type: this.known(type), owner: node });
    node.bindings = node.parameters.map(({ name }) => scope.names.get(name));
    this.wants(node.body, this.known(node.result), scope);
  }

  /** Returns the variable as the function of this scope sees it: its own, or captured through the functions between. */
  find(name, scope) {
    for (let each = scope; each !== null; each = each.outer) {
      const binding = each.names.get(name);
      if (binding === undefined) continue;
      if (binding.owner === scope.owner) return binding;
      return this.capture(binding, scope);
    }
    return null;
  }
  capture(binding, scope) {
    const { owner } = scope;
    const found = owner.captures.find(({ name }) => name === binding.name);
    if (found !== undefined) return found;
    let around = scope.outer;
    while (around.owner === owner) around = around.outer;
    const from = this.find(binding.name, around);
    const made = { name: binding.name, type: binding.type, owner, from, isCapture: true };
    owner.captures.push(made);
    return made;
  }

  type(node, scope) {
    node.type = this[node.kind](node, scope);
    return node.type;
  }
  int() {
    return kInt;
  }
  bool() {
    return kBool;
  }
  nil() {
    return kNil;
  }
  variable(node, scope) {
    node.binding = this.find(node.name, scope);
    if (node.binding === null) this.fail(node, `no variable ${node.name}`);
    return node.binding.type;
  }
  let(node, scope) {
    const type = this.type(node.value, scope);
    if (type.kind === 'nothing' || type.kind === 'nil') this.fail(node, `the type of ${node.name} cannot be told`);
    node.binding = { name: node.name, type, owner: scope.owner };
    const inner = { names: new Map([[node.name, node.binding]]), outer: scope, owner: scope.owner };
    return this.type(node.body, inner);
  }
  sequence(node, scope) {
    this.type(node.first, scope);
    return this.type(node.second, scope);
  }
  if(node, scope) {
    this.wants(node.condition, kBool, scope);
    const yes = this.type(node.yes, scope);
    const no = this.type(node.no, scope);
    if (fits(no, yes)) return yes;
    return fits(yes, no) ? no : this.fail(node, `one branch is ${textOf(yes)}, the other ${textOf(no)}`);
  }
  while(node, scope) {
    this.wants(node.condition, kBool, scope);
    this.type(node.body, scope);
    return kNothing;
  }
  fn(node, scope) {
    this.body(node, scope);
    return { kind: 'function', parameters: node.parameters.map(({ type }) => type), result: node.result };
  }
  assign(node, scope) {
    const { place } = node;
    if (!['variable', 'field', 'item'].includes(place.kind)) this.fail(node, 'nothing can be assigned to this');
    const type = this.type(place, scope);
    if (place.kind === 'variable' && place.binding.isCapture)
      this.fail(node, `${place.name} belongs to an outer function, which keeps its own`);
    this.wants(node.value, type, scope);
    return kNothing;
  }
  binary(node, scope) {
    const { operator } = node;
    if (operator === 'and' || operator === 'or') {
      this.wants(node.left, kBool, scope);
      return this.wants(node.right, kBool, scope);
    }
    if (operator !== '==' && operator !== '!=') {
      this.wants(node.left, kInt, scope);
      this.wants(node.right, kInt, scope);
      return '+-*/%'.includes(operator) ? kInt : kBool;
    }
    const left = this.type(node.left, scope);
    const right = this.type(node.right, scope);
    if (!fits(left, right) && !fits(right, left))
      this.fail(node, `${textOf(left)} and ${textOf(right)} are never equal`);
    return kBool;
  }
  unary(node, scope) {
    return this.wants(node.operand, node.operator === '-' ? kInt : kBool, scope);
  }
  call(node, scope) {
    const { of } = node;
    const isNamed = of.kind === 'variable' && this.find(of.name, scope) === null;
    if (isNamed && of.name === 'len') return this.len(node, scope);
    node.target = isNamed ? this.functions.get(of.name) : undefined;
    if (isNamed && node.target === undefined) this.fail(of, `no function ${of.name}`);
    const type = isNamed ? null : this.type(of, scope);
    if (type !== null && type.kind !== 'function') this.fail(node, `${textOf(type)} cannot be called`);
    const parameters = isNamed ? node.target.parameters.map((each) => each.type) : type.parameters;
    if (parameters.length !== node.arguments.length)
      this.fail(node, `${parameters.length} arguments expected, but here are ${node.arguments.length}`);
    node.arguments.forEach((each, i) => this.wants(each, parameters[i], scope));
    return isNamed ? node.target.result : type.result;
  }
  len(node, scope) {
    const type = node.arguments.length === 1 ? this.type(node.arguments[0], scope) : kNothing;
    if (type.kind !== 'array') this.fail(node, 'len is of one array');
    node.isLength = true;
    return kInt;
  }
  field(node, scope) {
    const type = this.type(node.of, scope);
    const record = type.kind === 'record' ? this.records.get(type.name) : undefined;
    node.index = record?.fields.findIndex(({ name }) => name === node.name) ?? -1;
    return node.index < 0
      ? this.fail(node, `${textOf(type)} has no field ${node.name}`)
      : record.fields[node.index].type;
  }
  item(node, scope) {
    const type = this.type(node.of, scope);
    if (type.kind !== 'array') this.fail(node, `${textOf(type)} has no items`);
    this.wants(node.index, kInt, scope);
    return type.element;
  }
  array(node, scope) {
    this.wants(node.count, kInt, scope);
    const element = this.type(node.value, scope);
    if (element.kind === 'nil' || element.kind === 'nothing') this.fail(node, 'the type of the items cannot be told');
    return { kind: 'array', element };
  }
  make(node, scope) {
    const record = this.records.get(node.name) ?? this.fail(node, `no record ${node.name}`);
    node.values = record.fields.map(({ name, type }) => {
      const given = node.fields.find((each) => each.name === name);
      if (given === undefined) this.fail(node, `${node.name} needs a ${name}`);
      this.wants(given.value, type, scope);
      return given.value;
    });
    if (node.fields.length !== node.values.length) this.fail(node, `${node.name} has no so many fields`);
    return { kind: 'record', name: node.name };
  }
}

/** Adds the types to a tree. Throws a SourceError. */
export function check(tree, source) {
  const checker = new Checker(tree, source);
  for (const each of tree.functions) {
    for (const { type } of each.parameters) checker.known(type);
    checker.known(each.result);
  }
  for (const each of tree.functions) checker.body(each, null);
}
