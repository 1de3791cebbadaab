// A function as a stream of operations in the order of evaluation, cut into basic blocks: what liveness, the rewriter
// and the checker work on. Variables are the locals, and after them *temporaries*: operands that wait on the engine's
// stack while a later operand makes a call that may collect, as the first result does in f(alloc(), alloc()). They are
// set where they are evaluated and read where they are consumed.
//
//   GET v         v is read                          CALL i     calls[i], which may collect
//   SET v, value  v is written                       STORE i    stores[i], to memory
//   SP value      the stack pointer is written       POP i      pops[i], the end of a shadow stack frame
//
// A *value* says what is known of where it comes from: may (operations.mjs), and for the checker a form. Blocks are
// numbered in an order in which every edge but those to loop heads goes forward. Where exceptions are caught, a block
// ends after each call, with an edge to the catches. The walk is iterative: depth of nesting costs no stack.

import { Flow, kOp } from './flow.mjs';
import { join, kNo, kYes } from './operations.mjs';
import { binaryValue, kForm, kNever, kOther } from './values.mjs';

export { kForm, kOp };

const kTask = { visit: 0, post: 1, mark: 2, ifThen: 3, ifElse: 4, ifEnd: 5, catch: 6, tryEnd: 7 };

export class UnknownInstruction extends Error {}

export class Stream extends Flow {
  /** `context`: what is known of the module (module.mjs). `locals`: the types of the function's locals. */
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
    this.origins = []; // [variable, may] for each SET
    this.exits = []; // { expression, parent, index, kind }
    this.#walk(body);
  }

  // ---- The walk ----

  #tasks = [];
  #stack = []; // values of evaluated children
  #collecting = 0; // calls that may collect, so far
  #callCount = 0; // all calls

  #walk(body) {
    this.#push(kTask.visit, body, 0, 0);
    while (this.#tasks.length > 0) {
      const [task, expression, parent, index] = this.#tasks.pop();
      switch (task) {
        case kTask.visit:
          this.#visit(expression, parent, index);
          break;
        case kTask.post:
          this.#post(expression, parent, index);
          break;
        case kTask.mark:
          this.#mark();
          break;
        default:
          this.#control(task, expression, parent);
      }
    }
  }

  #push(task, expression, parent, index) {
    this.#tasks.push([task, expression, parent, index]);
  }

  #visit(expression, parent, index) {
    const { id, binaryen } = this.kinds;
    const kind = this.kinds.getId(expression);
    const children = this.kinds.children(expression);
    if (children === null) throw new UnknownInstruction(this.kinds.nameOf(expression));
    if (kind === id.If) {
      this.#push(kTask.ifThen, expression, children, 0);
      this.#push(kTask.visit, children[0], expression, 0);
    } else if (kind === id.Try) {
      const inside = { from: [] };
      this.tries.push(inside);
      this.#push(kTask.catch, expression, { children, inside, next: 0, ends: [] }, 0);
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
      }
      this.#push(kTask.post, expression, parent, index);
      const isControl = kind === id.Block || kind === id.Loop;
      for (let i = children.length - 1; i >= 0; --i) {
        if (children[i] === 0) continue;
        if (!isControl && i < children.length - 1) this.#push(kTask.mark, 0, 0, 0);
        this.#push(kTask.visit, children[i], expression, i);
      }
    }
  }

  // After an operand that others follow: a place where it can become a temporary.
  #mark() {
    const value = this.#stack[this.#stack.length - 1];
    if (value.may === kNo) return;
    this.#stack[this.#stack.length - 1] = { ...value, mark: this.op.length, collecting: this.#collecting };
    this.emit(kOp.nop, 0);
  }

  #control(task, expression, state) {
    switch (task) {
      case kTask.ifThen: {
        this.#stack.pop();
        const head = this.block;
        const reached = this.reached;
        this.#push(kTask.ifElse, expression, { children: state, head, reached }, 0);
        this.#push(kTask.visit, state[1], expression, 1);
        this.begin(reached ? [head] : [], reached);
        break;
      }
      case kTask.ifElse: {
        state.first = { block: this.block, reached: this.reached, value: this.#stack.pop() };
        if (state.children[2] === 0) {
          const ends = [];
          if (state.first.reached) ends.push(state.first.block);
          if (state.reached) ends.push(state.head);
          this.begin(ends, ends.length > 0);
          this.#stack.push(kNever);
          break;
        }
        this.#push(kTask.ifEnd, expression, state, 0);
        this.#push(kTask.visit, state.children[2], expression, 2);
        this.begin(state.reached ? [state.head] : [], state.reached);
        break;
      }
      case kTask.ifEnd: {
        const other = this.#stack.pop();
        const ends = [];
        if (state.first.reached) ends.push(state.first.block);
        if (this.reached) ends.push(this.block);
        this.begin(ends, ends.length > 0);
        this.#stack.push({ may: join(state.first.value.may, other.may), form: kForm.other, v: 0, k: 0 });
        break;
      }
      case kTask.catch: {
        // The body, or the catch before this one, has ended.
        this.#stack.pop();
        if (this.reached) state.ends.push(this.block);
        if (state.next === 0) {
          this.tries.pop();
          const name = this.kinds.binaryen._BinaryenTryGetName(expression);
          if (name !== 0) state.inside.from.push(...(this.labels.get(name)?.from ?? []));
        }
        if (state.next === state.children.length - 1) {
          this.begin(state.ends, state.ends.length > 0);
          this.#stack.push(kOther);
          break;
        }
        const index = state.next++;
        this.#push(kTask.catch, expression, state, 0);
        this.#push(kTask.visit, state.children[index], expression, index);
        this.begin(state.inside.from, true);
        break;
      }
    }
  }

  // ---- Expressions whose children are evaluated ----

  #post(expression, parent, index) {
    const { id, binaryen } = this.kinds;
    const kind = this.kinds.getId(expression);
    if (kind === id.Block || kind === id.Loop) return this.#endOfBlock(expression, kind);
    const children = this.kinds.children(expression);
    const present = [];
    for (let i = 0; i < children.length; ++i) if (children[i] !== 0) present.push(i);
    const operands = this.#stack.splice(this.#stack.length - present.length, present.length);
    this.#keepPending(expression, present, operands);
    this.#stack.push(this.#valueOf(expression, kind, operands, parent, index, binaryen));
  }

  #endOfBlock(expression, kind) {
    const { id, binaryen } = this.kinds;
    const count = kind === id.Loop ? 1 : binaryen._BinaryenBlockGetNumChildren(expression);
    const values = this.#stack.splice(this.#stack.length - count, count);
    let value = values.length > 0 ? values[values.length - 1] : kNever;
    if (kind === id.Block) {
      const name = binaryen._BinaryenBlockGetName(expression);
      const from = name === 0 ? [] : this.labels.get(name).from;
      if (from.length > 0) {
        if (this.reached) from.push(this.block);
        this.begin(from, true);
        value = kOther;
      }
    }
    const { may, form, v, k, address, part } = value;
    this.#stack.push({ may, form, v, k, address, part });
  }

  // Operands that waited while a later one collected become temporaries.
  #keepPending(expression, present, operands) {
    if (this.context.takesNoObjects(expression)) return;
    for (let i = 0; i < operands.length - 1; ++i) {
      const value = operands[i];
      if (value.mark === undefined || value.collecting === this.#collecting || value.may === kNo) continue;
      const child = this.kinds.child(expression, present[i]);
      const type = this.kinds.getType(child);
      if (!this.context.isWide(type)) continue;
      if (this.#staysInLocal(value)) {
        this.emit(kOp.get, value.v);
        continue;
      }
      const variable = this.types.length;
      this.types.push(type);
      this.temporaries.push({ variable, parent: expression, index: present[i] });
      this.op[value.mark] = kOp.set;
      this.arg[value.mark] = variable;
      this.values[value.mark] = value;
      this.origins.push([variable, value.may]);
      this.emit(kOp.get, variable);
    }
  }

  // A copy of a local that nobody writes until the operand is consumed: the local lives on until then.
  #staysInLocal(value) {
    if (value.form !== kForm.variable || value.k !== 0 || value.part !== undefined) return false;
    for (let at = value.mark; at < this.op.length; ++at)
      if (this.op[at] === kOp.set && this.arg[at] === value.v) return false;
    return true;
  }

  #set(variable, value) {
    this.origins.push([variable, value.may]);
    this.emit(kOp.set, variable, value);
  }

  #valueOf(expression, kind, operands, parent, index, binaryen) {
    const { id } = this.kinds;
    const { operations } = this.context;
    switch (kind) {
      case id.LocalGet: {
        const v = binaryen._BinaryenLocalGetGetIndex(expression);
        if (!this.context.takesNoObjects(parent)) this.emit(kOp.get, v);
        return { may: [v], form: kForm.variable, v, k: 0 };
      }
      case id.LocalSet: {
        const v = binaryen._BinaryenLocalSetGetIndex(expression);
        this.#set(v, operands[0]);
        return { may: [v], form: kForm.variable, v, k: 0 };
      }
      case id.Const: {
        const isI32 = this.kinds.getType(expression) === binaryen.i32;
        const k = isI32 ? binaryen._BinaryenConstGetValueI32(expression) : Number.NaN;
        return { may: kNo, form: kForm.constant, v: 0, k };
      }
      case id.GlobalGet: {
        const name = binaryen._BinaryenGlobalGetGetName(expression);
        if (name === this.context.stackPointer) return { may: kNo, form: kForm.sp, v: 0, k: 0 };
        return this.context.mutableGlobals.has(name) ? kOther : kNever;
      }
      case id.GlobalSet:
        if (binaryen._BinaryenGlobalSetGetName(expression) === this.context.stackPointer)
          this.emit(kOp.sp, 0, operands[0]);
        return kNever;
      case id.Load:
      case id.Store:
        return this.#memory(expression, kind, operands);
      case id.Unary:
        if (operations.neverUnary.has(binaryen._BinaryenUnaryGetOp(expression))) return kNever;
        return { may: operands[0].may, form: kForm.other, v: 0, k: 0 };
      case id.Binary:
        return binaryValue(operations, binaryen._BinaryenBinaryGetOp(expression), operands);
      case id.Select:
        return { may: join(operands[0].may, operands[1].may), form: kForm.other, v: 0, k: 0 };
      case id.TupleExtract: {
        const part = binaryen._BinaryenTupleExtractGetIndex(expression);
        return { ...operands[0], part, mark: undefined };
      }
      case id.MemorySize:
      case id.MemoryGrow:
      case id.TableSize:
      case id.TableGrow:
        return kNever;
      case id.Call:
      case id.CallIndirect:
        return this.#call(expression, kind, operands, parent, index);
      default:
        return this.#leaving(expression, kind, operands, parent, index);
    }
  }

  #memory(expression, kind, operands) {
    const { id, binaryen } = this.kinds;
    if (kind === id.Load) {
      const bytes = binaryen._BinaryenLoadGetBytes(expression);
      const k = operands[0].k + binaryen._BinaryenLoadGetOffset(expression);
      const may = bytes < 4 ? kNo : kYes;
      return { may, form: kForm.load, v: 0, k: 0, bytes, address: { ...operands[0], k }, site: this.op.length };
    }
    this.stores.push({
      address: operands[0],
      value: operands[1],
      bytes: binaryen._BinaryenStoreGetBytes(expression),
      offset: binaryen._BinaryenStoreGetOffset(expression),
      expression,
    });
    this.emit(kOp.store, this.stores.length - 1);
    return kNever;
  }

  // What goes elsewhere.
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
    if (name === 'mgc_frame_pop' || name === 'mgc_shadow_restore' || name === 'mgc_frame_restore') {
      this.pops.push(name === 'mgc_frame_pop' ? operands[operands.length - 1] : null);
      this.emit(kOp.pop, this.pops.length - 1);
    }
    if (collects) {
      this.#collecting += 1;
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
    const gives = this.context.parts(this.kinds.getType(expression)).length > 0 && this.context.mayGive(name);
    const may = gives ? kYes : kNo;
    return { may, form: kForm.call, v: 0, k: 0, name, site: this.op.length };
  }

  // A foreign function cannot root what it is given: locals that are its arguments live until it returns.
  #keepArguments(call) {
    for (const value of call.operands) if (value.form === kForm.variable && value.k === 0) this.emit(kOp.get, value.v);
  }
}
