// A function becomes a stream of operations in the order of evaluation, cut into basic blocks. Liveness, the rewriter
// and the checker work on it. Variables are the locals, and after them *temporaries*: operands that wait on the
// engine's stack while a later operand makes a call that may collect, as the first result does in f(alloc(), alloc()).
// They are set where they are evaluated and read where they are consumed.
//
//   GET v         v is read                          CALL i     calls[i], which may collect
//   SET v, value  v is written                       STORE i    stores[i], to memory
//   SP value      the stack pointer is written       POP i      pops[i], the end of a shadow stack frame
//   GLOBAL g, value  another global is written
//
// A *value* says what is known of where it comes from: may (operations.mjs), and for the checker a form. Blocks are
// numbered in an order in which every edge but those to loop heads goes forward. Where exceptions are caught, a block
// ends after each call, with an edge to the catches. The walk is iterative: depth of nesting costs no stack.

import { kOp } from './flow.mjs';
import { Operands } from './operands.mjs';
import { join, kNo } from './operations.mjs';
import { binaryValue, kForm, kNever, kOther, leafValue, loadValue } from './values.mjs';

export { kForm, kOp };

const kPops = new Set(['mgc_frame_pop', 'mgc_frame_pop_inline', 'mgc_shadow_restore', 'mgc_frame_restore']);
const kTaskNumbers = 6;
const kTask = { visit: 0, post: 1, mark: 2, ifThen: 3, ifElse: 4, ifEnd: 5, catch: 6 };

/** Thrown for an expression of a kind that is not known; the message is its name. */
export class UnknownKind extends Error {}

export class Stream extends Operands {
  /** `context` is what is known of the module (module.mjs), and `locals` are the types of the function's locals. */
  constructor(context, body, locals) {
    super();
    this.context = context;
    this.kinds = context.kinds;
    this.localCount = locals.length;
    this.types = [...locals];
    this.temporaries = []; // { variable, parent, index }
    this.calls = []; // { expression, parent, index, ordinal, target, block, at, operands: values }
    this.pops = []; // what mgc_frame_pop is given; null for mgc_shadow_restore
    this.stores = []; // { address, value, bytes, offset }
    this.mutators = []; // { value, at, block }: what is given to the heap as a mutator
    this.writes = []; // the operation of each write of a local, in the order of the binary
    this.exits = []; // { expression, parent, index, kind }
    this.#locals = locals.map((_, v) => Object.freeze({ may: Object.freeze([v]), form: kForm.variable, v, k: 0 }));
    this.#walk(body);
  }

  // ---- The walk ----

  // Six numbers for each: task, expression, parent, index, kind, height of the stack.
  #tasks = new Int32Array(kTaskNumbers * 64);
  #taskTop = 0;
  #states = []; // of ifs and tries that are under way
  #locals; // the value of each local
  #callCount = 0; // all calls

  #walk(body) {
    this.#push(kTask.visit, body, 0, 0);
    while (this.#taskTop > 0) {
      const at = this.#taskTop - kTaskNumbers;
      this.#taskTop = at;
      const tasks = this.#tasks;
      const task = tasks[at];
      const expression = tasks[at + 1];
      if (task === kTask.visit) this.#visit(expression, tasks[at + 2], tasks[at + 3]);
      else if (task === kTask.post) this.#post(expression, tasks[at + 2], tasks[at + 3], tasks[at + 4], tasks[at + 5]);
      else if (task === kTask.mark) this.mark();
      else this.#control(task, expression, this.#states.pop());
    }
  }

  #push(task, expression, parent, index, kind = 0) {
    const at = this.#taskTop;
    this.#taskTop = at + kTaskNumbers;
    if (this.#taskTop > this.#tasks.length) {
      const larger = new Int32Array(2 * this.#tasks.length);
      larger.set(this.#tasks);
      this.#tasks = larger;
    }
    const tasks = this.#tasks;
    tasks[at] = task;
    tasks[at + 1] = expression;
    tasks[at + 2] = parent;
    tasks[at + 3] = index;
    tasks[at + 4] = kind;
    tasks[at + 5] = this.top;
  }
  #later(task, expression, state) {
    this.#states.push(state);
    this.#push(task, expression, 0, 0);
  }

  #visit(expression, parent, index) {
    const { id, binaryen, table } = this.kinds;
    const kind = this.kinds.getId(expression);
    const entry = table[kind];
    if (entry === undefined) throw new UnknownKind(this.kinds.nameOf(expression));
    if (entry.isLeaf) {
      this.#leaf(expression, kind, parent);
    } else if (entry.isSimple && this.#giveLeaves(expression, entry)) {
      this.#post(expression, parent, index, kind, this.top - entry.gets.length);
    } else if (kind === id.If) {
      const children = this.kinds.children(expression);
      this.#later(kTask.ifThen, expression, children);
      this.#push(kTask.visit, children[0], expression, 0);
    } else if (kind === id.Try) {
      const children = this.kinds.children(expression);
      const inside = { from: [] };
      this.tries.push(inside);
      this.#later(kTask.catch, expression, { children, inside, next: 0, ends: [] });
      this.#push(kTask.visit, children[children.length - 1], expression, children.length - 1);
      const name = binaryen._BinaryenTryGetName(expression);
      if (name !== 0) this.labels.set(name, { from: [] });
      this.cut();
    } else {
      if (kind === id.Block) {
        const name = binaryen._BinaryenBlockGetName(expression);
        if (name !== 0) this.labels.set(name, { from: [] });
      } else if (kind === id.Loop) {
        this.labels.set(binaryen._BinaryenLoopGetName(expression), { loop: this.cut() });
      } else if (kind === id.Call && this.context.takesNoObjects(expression)) {
        this.takers.add(expression);
      }
      this.#push(kTask.post, expression, parent, index, kind);
      this.#visitChildren(expression, entry, kind === id.Block || kind === id.Loop);
    }
  }

  #leaf(expression, kind, parent) {
    if (kind !== this.kinds.id.LocalGet) return this.give(leafValue(this.context, expression, kind));
    const v = this.kinds.binaryen._BinaryenLocalGetGetIndex(expression);
    if (this.takers.size === 0 || !this.takers.has(parent)) this.emit(kOp.get, v);
    this.give(this.#locals[v]);
  }

  // The one or two operands of most expressions, if they have no children themselves: they need no tasks.
  #giveLeaves(expression, { gets }) {
    const { table, getId } = this.kinds;
    const first = gets[0](expression);
    const second = gets.length > 1 ? gets[1](expression) : 0;
    const kind = getId(first);
    const secondKind = second === 0 ? kind : getId(second);
    if (table[kind]?.isLeaf !== true || table[secondKind]?.isLeaf !== true) return false;
    this.#leaf(first, kind, expression);
    if (second !== 0) this.#leaf(second, secondKind, expression);
    return true;
  }

  #visitChildren(expression, entry, isControl) {
    const { table, getId } = this.kinds;
    const listed = entry.count === undefined ? 0 : entry.count(expression);
    let isWaiting = false; // whether operands of this one may have to wait for a call
    for (let i = listed + entry.gets.length - 1; i >= 0; --i) {
      const child = i < listed ? entry.at(expression, i) : entry.gets[i - listed](expression);
      if (child === 0) continue;
      if (isWaiting) this.#push(kTask.mark, 0, 0, 0);
      this.#push(kTask.visit, child, expression, i);
      if (!isWaiting && !isControl && i > 0) isWaiting = table[getId(child)]?.isLeaf !== true;
    }
  }

  #control(task, expression, state) {
    switch (task) {
      case kTask.ifThen: {
        this.take();
        const head = this.block;
        const reached = this.reached;
        this.#later(kTask.ifElse, expression, { children: state, head, reached });
        this.#push(kTask.visit, state[1], expression, 1);
        this.begin(reached ? [head] : [], reached);
        break;
      }
      case kTask.ifElse: {
        state.first = { block: this.block, reached: this.reached, value: this.take() };
        if (state.children[2] === 0) {
          const ends = [];
          if (state.first.reached) ends.push(state.first.block);
          if (state.reached) ends.push(state.head);
          this.begin(ends, ends.length > 0);
          this.give(kNever);
          break;
        }
        this.#later(kTask.ifEnd, expression, state);
        this.#push(kTask.visit, state.children[2], expression, 2);
        this.begin(state.reached ? [state.head] : [], state.reached);
        break;
      }
      case kTask.ifEnd: {
        const other = this.take();
        const ends = [];
        if (state.first.reached) ends.push(state.first.block);
        if (this.reached) ends.push(this.block);
        this.begin(ends, ends.length > 0);
        this.give({ may: join(state.first.value.may, other.may), form: kForm.other, v: 0, k: 0 });
        break;
      }
      case kTask.catch: {
        // The body, or the catch before this one, has ended.
        this.take();
        if (this.reached) state.ends.push(this.block);
        if (state.next === 0) {
          this.tries.pop();
          const name = this.kinds.binaryen._BinaryenTryGetName(expression);
          if (name !== 0) state.inside.from.push(...(this.labels.get(name)?.from ?? []));
        }
        if (state.next === state.children.length - 1) {
          this.begin(state.ends, state.ends.length > 0);
          this.give(kOther);
          break;
        }
        const index = state.next++;
        this.#later(kTask.catch, expression, state);
        this.#push(kTask.visit, state.children[index], expression, index);
        this.begin(state.inside.from, true);
        break;
      }
    }
  }

  // ---- Expressions whose children are evaluated ----

  #post(expression, parent, index, kind, height) {
    const { id } = this.kinds;
    const count = this.top - height;
    let value;
    if (kind === id.Block || kind === id.Loop) {
      value = this.#endOfBlock(expression, kind, count);
    } else {
      if (count > 1) this.keepPending(expression, height, count);
      value = this.#valueOf(expression, kind, height, parent, index);
    }
    this.top = height;
    this.give(value);
  }

  #endOfBlock(expression, kind, count) {
    const { id, binaryen } = this.kinds;
    if (kind === id.Block) {
      const name = binaryen._BinaryenBlockGetName(expression);
      const from = name === 0 ? [] : this.labels.get(name).from;
      if (from.length > 0) {
        if (this.reached) from.push(this.block);
        this.begin(from, true);
        return kOther;
      }
    }
    return count > 0 ? this.stack[this.top - 1] : kNever;
  }

  // `height` says where its operands begin on the stack.
  #valueOf(expression, kind, height, parent, index) {
    const { id, binaryen } = this.kinds;
    const { operations } = this.context;
    const first = this.stack[height];
    switch (kind) {
      case id.LocalSet: {
        const v = binaryen._BinaryenLocalSetGetIndex(expression);
        this.writes.push(this.op.length);
        this.emit(kOp.set, v, first);
        return this.#locals[v];
      }
      case id.GlobalSet: {
        const name = binaryen._BinaryenGlobalSetGetName(expression);
        if (name === this.context.stackPointer) this.emit(kOp.sp, 0, first);
        else this.emit(kOp.global, name, first);
        return kNever;
      }
      case id.Load:
        return this.#named(loadValue(binaryen, expression, first, this.op.length), expression);
      case id.Store:
        this.stores.push({
          address: first,
          value: this.stack[height + 1],
          bytes: binaryen._BinaryenStoreGetBytes(expression),
          offset: binaryen._BinaryenStoreGetOffset(expression),
          expression,
        });
        this.emit(kOp.store, this.stores.length - 1);
        return kNever;
      case id.Unary:
        if (first.may === kNo || operations.neverUnary.has(binaryen._BinaryenUnaryGetOp(expression))) return kNever;
        return { may: first.may, form: kForm.other, v: 0, k: 0 };
      case id.Binary:
        return binaryValue(operations, binaryen._BinaryenBinaryGetOp(expression), first, this.stack[height + 1]);
      case id.Select:
        return { may: join(first.may, this.stack[height + 1].may), form: kForm.other, v: 0, k: 0 };
      case id.TupleExtract:
        return { ...first, part: binaryen._BinaryenTupleExtractGetIndex(expression) };
      case id.Drop:
      case id.MemorySize:
      case id.MemoryGrow:
      case id.TableSize:
      case id.TableGrow:
        return kNever;
      case id.Call:
      case id.CallIndirect:
        return this.#call(expression, kind, this.stack.slice(height, this.top), parent, index);
      default:
        return this.#leaving(expression, kind, this.stack.slice(height, this.top), parent, index);
    }
  }

  // Where types are known, what is loaded has a variable, so that it is a number if its type says so.
  #named(value, expression) {
    if (this.context.numbers === undefined || value.form !== kForm.load) return value;
    const variable = this.types.length;
    this.types.push(this.kinds.getType(expression));
    this.emit(kOp.set, variable, value);
    return { ...value, may: [variable] };
  }

  // These go elsewhere.
  #leaving(expression, kind, operands, parent, index) {
    const { id, binaryen } = this.kinds;
    switch (kind) {
      case id.Break: {
        const isConditional = binaryen._BinaryenBreakGetCondition(expression) !== 0;
        this.jump(binaryen._BinaryenBreakGetName(expression));
        if (isConditional) this.cut();
        else this.leave();
        return operands.length > (isConditional ? 1 : 0) ? operands[0] : kNever;
      }
      case id.Switch: {
        const count = binaryen._BinaryenSwitchGetNumNames(expression);
        for (let i = 0; i < count; ++i) this.jump(binaryen._BinaryenSwitchGetNameAt(expression, i));
        this.jump(binaryen._BinaryenSwitchGetDefaultName(expression));
        this.leave();
        return kNever;
      }
      case id.Return:
        this.exits.push({ expression, parent, index, kind });
        this.leave();
        return kNever;
      case id.Throw:
      case id.Rethrow:
        this.mayThrow();
        this.leave();
        return kNever;
      case id.Unreachable:
        this.leave();
        return kNever;
      default:
        return kOther;
    }
  }

  #call(expression, kind, operands, parent, index) {
    const { id, binaryen } = this.kinds;
    const isDirect = kind === id.Call;
    const target = isDirect ? binaryen._BinaryenCallGetTarget(expression) : 0;
    const isReturn = isDirect
      ? binaryen._BinaryenCallIsReturn(expression)
      : binaryen._BinaryenCallIndirectIsReturn(expression);
    const collects = isDirect ? this.context.collects(target) : this.context.collectsIndirectly(expression);
    const call = {
      expression,
      parent,
      index,
      target,
      isReturn: isReturn !== 0,
      operands,
      kind,
      collects,
      ordinal: this.#callCount++,
    };
    if (isReturn) {
      this.exits.push(call);
      this.leave();
      return kNever;
    }
    const name = isDirect ? this.context.nameOfHeapFunction(target) : '';
    if (operands.length > 0 && this.context.takesMutator(name, operands.length))
      this.mutators.push({ value: operands[0], at: this.op.length, block: this.block });
    if (kPops.has(name)) {
      this.pops.push(name.startsWith('mgc_frame_pop') ? operands[operands.length - 1] : null);
      this.emit(kOp.pop, this.pops.length - 1);
    }
    if (collects) {
      this.collecting += 1;
      this.calls.push(call);
      call.at = this.op.length;
      call.block = this.block;
      this.emit(kOp.call, this.calls.length - 1);
      if (isDirect && this.context.keepsArguments && this.context.isForeign(target)) this.#keepArguments(call);
    }
    if (this.tries.length > 0) {
      this.mayThrow();
      this.cut();
    }
    const may = this.context.parts(this.kinds.getType(expression)).length > 0 ? this.context.given(target, name) : kNo;
    return { may, form: kForm.call, v: 0, k: 0, name, site: this.op.length };
  }

  // A foreign function cannot root what it is given: locals that are its arguments live until it returns.
  #keepArguments(call) {
    for (const value of call.operands) if (value.form === kForm.variable && value.k === 0) this.emit(kOp.get, value.v);
  }
}
