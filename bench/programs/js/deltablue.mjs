// deltablue with JS objects is an incremental solver of constraints (see bench/programs/cpp/deltablue.cc).

import {
  Edit,
  Equal,
  kNormal,
  kPreferred,
  kRequired,
  kStrongDefault,
  kWeakest,
  Scale,
  Stay,
  Variable,
} from './constraints.mjs';

const kFailure = 1e12;

class Planner {
  mark = 0;
  failures = 0;

  join(constraint) {
    constraint.addToGraph();
    this.add(constraint);
    return constraint;
  }
  add(constraint) {
    const mark = ++this.mark;
    let overridden = this.satisfy(constraint, mark);
    while (overridden !== null) overridden = this.satisfy(overridden, mark);
  }
  satisfy(constraint, mark) {
    constraint.chooseMethod(mark);
    if (!constraint.isSatisfied()) {
      if (constraint.strength === kRequired) ++this.failures;
      return null;
    }
    constraint.markInputs(mark);
    const out = constraint.output();
    const overridden = out.determinedBy;
    overridden?.unsatisfy();
    out.determinedBy = constraint;
    if (!this.propagate(constraint, mark)) {
      ++this.failures;
      return null;
    }
    out.mark = mark;
    return overridden;
  }
  propagate(constraint, mark) {
    const todo = [constraint];
    while (todo.length > 0) {
      const next = todo.pop();
      const out = next.output();
      if (out.mark === mark) {
        this.remove(constraint);
        return false;
      }
      next.recalculate();
      this.pushConsumers(out, todo);
    }
    return true;
  }
  pushConsumers(variable, to) {
    for (const each of variable.constraints) if (each !== variable.determinedBy && each.isSatisfied()) to.push(each);
  }
  remove(constraint) {
    if (!constraint.isSatisfied()) {
      constraint.removeFromGraph();
      return;
    }
    const out = constraint.output();
    constraint.removeFromGraph();
    const unsatisfied = this.unsatisfiedWithout(out);
    for (let strength = kRequired; strength !== kWeakest; ++strength)
      for (const each of unsatisfied) if (each.strength === strength) this.add(each);
  }
  unsatisfiedWithout(out) {
    out.determinedBy = null;
    out.walkStrength = kWeakest;
    out.stay = true;
    const unsatisfied = [];
    const todo = [out];
    while (todo.length > 0) {
      const variable = todo.pop();
      for (const each of variable.constraints) {
        if (!each.isSatisfied()) {
          unsatisfied.push(each);
        } else if (each !== variable.determinedBy) {
          each.recalculate();
          todo.push(each.output());
        }
      }
    }
    return unsatisfied;
  }
  planFor(edit) {
    const mark = ++this.mark;
    const plan = [];
    const todo = edit.isInput && edit.isSatisfied() ? [edit] : [];
    while (todo.length > 0) {
      const each = todo.pop();
      const out = each.output();
      if (out.mark === mark || !each.inputsKnown(mark)) continue;
      plan.push(each);
      out.mark = mark;
      this.pushConsumers(out, todo);
    }
    return plan;
  }
}

const execute = (plan) => {
  for (const constraint of plan) constraint.execute();
};

function chain(planner, n) {
  const first = new Variable(0);
  let last = first;
  for (let i = 0; i < n; ++i) {
    const next = new Variable(0);
    planner.join(new Equal(last, next, kRequired));
    last = next;
  }
  planner.join(new Stay(last, kStrongDefault));
  const edit = planner.join(new Edit(first, kPreferred));
  const plan = planner.planFor(edit);
  let sum = 0;
  for (let value = 0; value < 100; ++value) {
    first.value = value;
    execute(plan);
    sum += last.value;
  }
  planner.remove(edit);
  return sum;
}

function change(planner, variable, value) {
  const edit = planner.join(new Edit(variable, kPreferred));
  const plan = planner.planFor(edit);
  for (let i = 0; i < 10; ++i) {
    variable.value = value;
    execute(plan);
  }
  planner.remove(edit);
  return variable.value;
}

function projection(planner, n) {
  const [scale, offset] = [new Variable(10), new Variable(1000)];
  const all = [];
  let [from, to] = [null, null];
  for (let i = 0; i < n; ++i) {
    from = new Variable(i);
    to = new Variable(i);
    all.push(to);
    planner.join(new Stay(from, kNormal));
    planner.join(new Scale(from, to, scale, offset, kRequired));
  }
  let sum = change(planner, from, 17) + to.value;
  sum += change(planner, to, 1050) + from.value;
  for (const [edited, value] of [
    [scale, 5],
    [offset, 2000],
  ]) {
    sum += change(planner, edited, value);
    for (const each of all) sum += each.value;
  }
  return sum;
}

export function deltablue(n, rounds) {
  let [left, sum] = [rounds, 0];
  const step = () => {
    const planner = new Planner();
    sum += chain(planner, n) + projection(planner, n) + kFailure * planner.failures;
    return --left > 0;
  };
  return { prepare() {}, step, checksum: () => sum, operations: () => rounds };
}
