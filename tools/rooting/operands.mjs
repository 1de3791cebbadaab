// The operands of a function are evaluated and wait on the engine's stack. One that waits while a later one makes a
// call that may collect becomes a *temporary*: it is set where it was evaluated and read where it is consumed. If it is
// a copy of a local that nobody writes meanwhile, that local lives on instead.

import { Flow, kOp } from './flow.mjs';
import { kNo } from './operations.mjs';
import { kForm } from './values.mjs';

export class Operands extends Flow {
  // Values of evaluated children, and for each the operation that can make it a temporary, or -1, and how many calls
  // that may collect came before that.
  stack = [];
  marks = [];
  counts = [];
  top = 0;

  takers = new Set(); // calls that take numbers only
  collecting = 0; // calls that may collect, so far

  give(value) {
    this.stack[this.top] = value;
    this.marks[this.top++] = -1;
  }
  take() {
    return this.stack[--this.top];
  }

  // Marks, after an operand that others follow, a place where it can become a temporary.
  mark() {
    const top = this.top - 1;
    if (this.stack[top].may === kNo) return;
    this.marks[top] = this.op.length;
    this.counts[top] = this.collecting;
    this.emit(kOp.nop, 0);
  }

  // Makes temporaries of operands that waited while a later one collected.
  keepPending(expression, height, count) {
    if (this.takers.has(expression)) return;
    for (let i = 0; i < count - 1; ++i) {
      const mark = this.marks[height + i];
      if (mark < 0 || this.counts[height + i] === this.collecting) continue;
      const value = this.stack[height + i];
      const type = this.kinds.getType(this.kinds.child(expression, i));
      if (!this.context.isWide(type)) continue;
      if (this.#staysInLocal(value, mark)) {
        this.emit(kOp.get, value.v);
        continue;
      }
      const variable = this.types.length;
      this.types.push(type);
      this.temporaries.push({ variable, parent: expression, index: i });
      this.op[mark] = kOp.set;
      this.arg[mark] = variable;
      this.values[mark] = value;
      this.emit(kOp.get, variable);
    }
  }

  // Returns whether it is a copy of a local that nobody writes until the operand is consumed: the local lives on until
  // then.
  #staysInLocal(value, mark) {
    if (value.form !== kForm.variable || value.k !== 0 || value.part !== undefined) return false;
    for (let at = mark; at < this.op.length; ++at)
      if (this.op[at] === kOp.set && this.arg[at] === value.v) return false;
    return true;
  }
}
