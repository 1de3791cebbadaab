// The planner of deltablue keeps the constraints satisfied while some are added and others removed, and makes plans,
// which are lists of constraints to be executed in order (see deltablue.cc).
#pragma once

#include "constraints.h"

namespace bench {

class Planner {
 public:
  explicit Planner(gc::Frame& frame) : frame_(frame) {}

  // Counts constraints that could not be satisfied though they had to be, and those that went in a circle.
  uint32_t failures() const { return failures_; }

  void add(const gc::Local<Constraint>& constraint);
  void remove(const gc::Local<Constraint>& constraint);
  // Returns the constraints that follow from this one, an edit, in an order in which they can be executed.
  gc::Fresh<Vector<Constraint>> plan_for(const gc::Local<Constraint>& edit);

 private:
  using Constraints = Vector<Constraint>;

  // Satisfies a constraint. Returns the weaker one that it took the place of, or null.
  Constraint* satisfy(const gc::Local<Constraint>& constraint, uint32_t mark);
  bool propagate(const gc::Local<Constraint>& constraint, uint32_t mark);
  // Returns the constraints that are no longer satisfied once nothing determines `out`.
  gc::Fresh<Constraints> unsatisfied_without(const gc::Local<Variable>& out);
  void push_consumers(const gc::Local<Variable>& variable, const gc::Local<Constraints>& to);

  gc::Frame& frame_;
  uint32_t mark_ = 0;
  uint32_t failures_ = 0;
};

}  // namespace bench
