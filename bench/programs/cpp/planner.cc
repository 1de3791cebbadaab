// This is the planner of deltablue (see planner.h).
#include "planner.h"

namespace bench {

void Planner::add(const gc::Local<Constraint>& constraint) {
  const uint32_t mark = ++mark_;
  gc::Local<Constraint> overridden(frame_, satisfy(constraint, mark));
  while (overridden) overridden = satisfy(overridden, mark);
}

Constraint* Planner::satisfy(const gc::Local<Constraint>& constraint, uint32_t mark) {
  constraint->choose_method(mark);
  if (!constraint->is_satisfied()) {
    if (constraint->strength == kRequired) ++failures_;
    return nullptr;
  }
  constraint->mark_inputs(mark);
  gc::Local<Variable> out(frame_, constraint->output());
  gc::Local<Constraint> overridden(frame_, out->determined_by);
  if (overridden) overridden->direction = kNone;
  out->determined_by = constraint;
  if (!propagate(constraint, mark)) {
    ++failures_;
    return nullptr;
  }
  out->mark = mark;
  return overridden.get();
}

bool Planner::propagate(const gc::Local<Constraint>& constraint, uint32_t mark) {
  gc::Local<Constraints> todo = frame_.make<Constraints>();
  push(frame_, todo, constraint);
  gc::Local<Variable> out(frame_);
  while (todo->count != 0) {
    Constraint* const next = todo->pop();
    out = next->output();
    if (out->mark == mark) {
      remove(constraint);
      return false;
    }
    next->recalculate();
    push_consumers(out, todo);
  }
  return true;
}

void Planner::push_consumers(const gc::Local<Variable>& variable, const gc::Local<Constraints>& to) {
  gc::Local<Constraint> each(frame_);
  for (uint32_t i = 0; i < variable->constraints->count; ++i) {
    each = variable->constraints->at(i);
    if (each != variable->determined_by && each->is_satisfied()) push(frame_, to, each);
  }
}

void Planner::remove(const gc::Local<Constraint>& constraint) {
  if (!constraint->is_satisfied()) return constraint->remove_from_graph();
  gc::Local<Variable> out(frame_, constraint->output());
  constraint->direction = kNone;
  constraint->remove_from_graph();
  gc::Local<Constraints> unsatisfied = unsatisfied_without(out);
  gc::Local<Constraint> each(frame_);
  for (uint32_t strength = kRequired; strength != kWeakest; ++strength) {
    for (uint32_t i = 0; i < unsatisfied->count; ++i) {
      each = unsatisfied->at(i);
      if (each->strength == strength) add(each);
    }
  }
}

gc::Fresh<Vector<Constraint>> Planner::unsatisfied_without(const gc::Local<Variable>& out) {
  out->determined_by = nullptr;
  out->walk_strength = kWeakest;
  out->stay = true;
  gc::Local<Constraints> unsatisfied = frame_.make<Constraints>();
  gc::Local<Vector<Variable>> todo = frame_.make<Vector<Variable>>();
  gc::Local<Variable> variable(frame_, out.get());
  gc::Local<Variable> next(frame_);
  gc::Local<Constraint> each(frame_);
  push(frame_, todo, variable);
  while (todo->count != 0) {
    variable = todo->pop();
    for (uint32_t i = 0; i < variable->constraints->count; ++i) {
      each = variable->constraints->at(i);
      if (!each->is_satisfied()) {
        push(frame_, unsatisfied, each);
      } else if (each != variable->determined_by) {
        each->recalculate();
        next = each->output();
        push(frame_, todo, next);
      }
    }
  }
  return unsatisfied.fresh();
}

gc::Fresh<Vector<Constraint>> Planner::plan_for(const gc::Local<Constraint>& edit) {
  const uint32_t mark = ++mark_;
  gc::Local<Constraints> plan = frame_.make<Constraints>();
  gc::Local<Constraints> todo = frame_.make<Constraints>();
  if (edit->is_input() && edit->is_satisfied()) push(frame_, todo, edit);
  gc::Local<Constraint> each(frame_);
  gc::Local<Variable> out(frame_);
  while (todo->count != 0) {
    each = todo->pop();
    out = each->output();
    if (out->mark == mark || !each->inputs_known(mark)) continue;
    push(frame_, plan, each);
    out->mark = mark;
    push_consumers(out, todo);
  }
  return plan.fresh();
}

}  // namespace bench
