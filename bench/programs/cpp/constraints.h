// These are the objects of deltablue: variables, constraints between them, and what one constraint knows (see
// deltablue.cc).
#pragma once

#include "vector.h"

namespace bench {

// A smaller number is stronger.
enum Strength : uint32_t { kRequired, kStrongPreferred, kPreferred, kStrongDefault, kNormal, kWeakDefault, kWeakest };

struct Constraint;

struct Variable {
  gc::Member<Constraint> determined_by;
  gc::Member<Vector<Constraint>> constraints;
  int32_t value;
  uint32_t mark;
  uint32_t walk_strength;
  bool stay;
};
MALLOCGC_TYPE(Variable, determined_by, constraints);

// `kStay` and `kEdit` have one variable, `first`, which is their output; `kEqual` and `kScale` have two, and either may
// be the output: second = first * scale + offset.
enum ConstraintKind : uint32_t { kStay, kEdit, kEqual, kScale };
// A satisfied constraint does this. One with one variable goes forward.
enum Direction : uint32_t { kNone, kForward, kBackward };

struct Constraint {
  gc::Member<Variable> first, second, scale, offset;
  ConstraintKind kind;
  uint32_t strength;
  Direction direction;

  bool is_unary() const { return kind == kStay || kind == kEdit; }
  bool is_input() const { return kind == kEdit; }
  bool is_satisfied() const { return direction != kNone; }
  Variable* output() const { return is_unary() || direction == kBackward ? first.get() : second.get(); }
  Variable* input() const { return direction == kForward ? first.get() : second.get(); }

  // Finds whether it can be satisfied by a method whose output is not of this mark, and which.
  void choose_method(uint32_t mark) {
    const auto can_set = [this, mark](const Variable& variable) {
      return variable.mark != mark && strength < variable.walk_strength;
    };
    if (is_unary()) {
      direction = can_set(*first) ? kForward : kNone;
    } else if (first->mark == mark) {
      direction = can_set(*second) ? kForward : kNone;
    } else if (second->mark == mark) {
      direction = can_set(*first) ? kBackward : kNone;
    } else if (first->walk_strength > second->walk_strength) {
      direction = strength < first->walk_strength ? kBackward : kNone;
    } else {
      direction = strength < second->walk_strength ? kForward : kNone;
    }
  }
  void mark_inputs(uint32_t mark) {
    if (is_unary()) return;
    input()->mark = mark;
    if (kind != kScale) return;
    scale->mark = mark;
    offset->mark = mark;
  }
  bool inputs_known(uint32_t mark) const {
    if (is_unary()) return true;
    const auto is_known = [mark](const Variable& variable) {
      return variable.mark == mark || variable.stay || variable.determined_by == nullptr;
    };
    return is_known(*input()) && (kind != kScale || (is_known(*scale) && is_known(*offset)));
  }
  void execute() {
    if (is_unary()) return;
    if (kind == kEqual) {
      output()->value = input()->value;
    } else if (direction == kForward) {
      second->value = first->value * scale->value + offset->value;
    } else {
      first->value = (second->value - offset->value) / scale->value;
    }
  }
  // The strength of the output, and whether it stays, follow from those of the inputs.
  void recalculate() {
    Variable& out = *output();
    if (is_unary()) {
      out.walk_strength = strength;
      out.stay = kind == kStay;
    } else {
      const Variable& in = *input();
      out.walk_strength = strength > in.walk_strength ? strength : in.walk_strength;
      out.stay = in.stay && (kind != kScale || (scale->stay && offset->stay));
    }
    if (out.stay) execute();
  }
  void remove_from_graph() {
    for (Variable* variable : {first.get(), second.get(), scale.get(), offset.get()}) {
      if (variable != nullptr) variable->constraints->remove(this);
    }
    direction = kNone;
  }
};
MALLOCGC_TYPE(Constraint, first, second, scale, offset);

}  // namespace bench
