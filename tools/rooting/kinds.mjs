// The passes here see the expressions of Binaryen's IR like this: each kind has its children in the order of
// evaluation, with a way to replace one. Binaryen's own interface has no generic walker, neither for reading nor for
// rewriting. Everything works on the addresses of expressions, through the functions that the interface is made of: an
// object for each of a million expressions would cost more than the analysis.
//
// A kind that is not in the table is one that LLVM does not emit for linear memory, or that the interface cannot look
// into (try_table): the passes refuse a module that has it, by name.

/** These children are fields, in the order of evaluation. */
const kFields = {
  Loop: ['Body'],
  Break: ['Value', 'Condition'],
  Switch: ['Value', 'Condition'],
  LocalGet: [],
  LocalSet: ['Value'],
  GlobalGet: [],
  GlobalSet: ['Value'],
  Load: ['Ptr'],
  Store: ['Ptr', 'Value'],
  Const: [],
  Unary: ['Value'],
  Binary: ['Left', 'Right'],
  Select: ['IfTrue', 'IfFalse', 'Condition'],
  Drop: ['Value'],
  Return: ['Value'],
  MemorySize: [],
  MemoryGrow: ['Delta'],
  Nop: [],
  Unreachable: [],
  AtomicCmpxchg: ['Ptr', 'Expected', 'Replacement'],
  AtomicRMW: ['Ptr', 'Value'],
  AtomicWait: ['Ptr', 'Expected', 'Timeout'],
  AtomicNotify: ['Ptr', 'NotifyCount'],
  AtomicFence: [],
  SIMDExtract: ['Vec'],
  SIMDReplace: ['Vec', 'Value'],
  SIMDShuffle: ['Left', 'Right'],
  SIMDTernary: ['A', 'B', 'C'],
  SIMDShift: ['Vec', 'Shift'],
  SIMDLoad: ['Ptr'],
  SIMDLoadStoreLane: ['Ptr', 'Vec'],
  MemoryInit: ['Dest', 'Offset', 'Size'],
  DataDrop: [],
  MemoryCopy: ['Dest', 'Source', 'Size'],
  MemoryFill: ['Dest', 'Value', 'Size'],
  RefNull: [],
  RefIsNull: ['Value'],
  RefFunc: [],
  RefEq: ['Left', 'Right'],
  TableGet: ['Index'],
  TableSet: ['Index', 'Value'],
  TableSize: [],
  TableGrow: ['Value', 'Delta'],
  Rethrow: [],
  TupleExtract: ['Tuple'],
  Pop: [],
  If: ['Condition', 'IfTrue', 'IfFalse'],
};

/** These children are a list; a field is evaluated after it. */
const kLists = {
  Block: { list: 'Child', count: 'Children' },
  Call: { list: 'Operand', count: 'Operands' },
  CallIndirect: { list: 'Operand', count: 'Operands', last: 'Target' },
  Throw: { list: 'Operand', count: 'Operands' },
  TupleMake: { list: 'Operand', count: 'Operands' },
};

/** The passes need to know this of Binaryen, by number of the kind. */
export class Kinds {
  constructor(binaryen) {
    this.binaryen = binaryen;
    this.id = {};
    this.names = new Map();
    for (const key of Object.keys(binaryen.ExpressionIds ?? {})) {
      const name = key.replace(/Id$/, '');
      this.names.set(binaryen.ExpressionIds[key], name);
    }
    for (const key of Object.keys(binaryen).filter((name) => /^[A-Z]\w*Id$/.test(name))) {
      const name = key.slice(0, -2);
      this.id[name] = binaryen[key];
      this.names.set(binaryen[key], name);
    }
    this.table = [];
    const call = (name) => binaryen[`_Binaryen${name}`];
    for (const [kind, fields] of Object.entries(kFields)) {
      this.table[this.id[kind]] = {
        gets: fields.map((field) => call(`${kind}Get${field}`)),
        sets: fields.map((field) => call(`${kind}Set${field}`)),
      };
    }
    for (const [kind, { list, count, last }] of Object.entries(kLists)) {
      this.table[this.id[kind]] = {
        count: call(`${kind}GetNum${count}`),
        at: call(`${kind}Get${list}At`),
        setAt: call(`${kind}Set${list}At`),
        gets: last ? [call(`${kind}Get${last}`)] : [],
        sets: last ? [call(`${kind}Set${last}`)] : [],
      };
    }
    // The body of a try comes first, then its catches: one of them runs, so they are no list of operands.
    this.table[this.id.Try] = {
      count: call('TryGetNumCatchBodies'),
      at: call('TryGetCatchBodyAt'),
      setAt: call('TrySetCatchBodyAt'),
      gets: [call('TryGetBody')],
      sets: [call('TrySetBody')],
    };
    for (const kind of ['LocalGet', 'Const', 'GlobalGet', 'Nop']) this.table[this.id[kind]].isLeaf = true;
    for (const kind of ['LocalSet', 'GlobalSet', 'Load', 'Store', 'Unary', 'Binary', 'Drop'])
      this.table[this.id[kind]].isSimple = true; // one or two operands, always there
    this.getId = binaryen._BinaryenExpressionGetId;
    this.getType = binaryen._BinaryenExpressionGetType;
  }

  /** Returns null if the kind is not known. */
  children(expression) {
    const entry = this.table[this.getId(expression)];
    if (entry === undefined) return null;
    const found = [];
    if (entry.count) {
      const count = entry.count(expression);
      for (let i = 0; i < count; ++i) found.push(entry.at(expression, i));
    }
    for (const get of entry.gets) found.push(get(expression)); // 0 where there is none
    return found;
  }

  child(expression, index) {
    const entry = this.table[this.getId(expression)];
    const listed = entry.count ? entry.count(expression) : 0;
    return index < listed ? entry.at(expression, index) : entry.gets[index - listed](expression);
  }

  setChild(expression, index, child) {
    const entry = this.table[this.getId(expression)];
    const listed = entry.count ? entry.count(expression) : 0;
    if (index < listed) entry.setAt(expression, index, child);
    else entry.sets[index - listed](expression, child);
  }

  nameOf(expression) {
    return this.names.get(this.getId(expression)) ?? `kind ${this.getId(expression)}`;
  }
}
