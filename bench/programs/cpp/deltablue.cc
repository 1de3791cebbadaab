// deltablue is an incremental solver of constraints of different strengths (B. Freeman-Benson, J. Maloney, A. Borning,
// "An Incremental Constraint Solver", 1990). It solves two problems, as usual: a chain of equalities, whose first
// variable is edited, and pairs of variables bound by scale and offset, where each of the four is edited. The checksum
// adds what the variables come to, and any failure of the solver makes it wrong.
#include "planner.h"
#include "programs.h"

namespace bench {
namespace {

constexpr double kFailure = 1e12;

gc::Fresh<Variable> make_variable(gc::Frame& frame, int32_t value) {
  gc::Local<Variable> variable = frame.make<Variable>();
  variable->constraints = frame.make<Vector<Constraint>>();
  variable->value = value;
  variable->walk_strength = kWeakest;
  variable->stay = true;
  return variable.fresh();
}

class Problem {
 public:
  explicit Problem(gc::Frame& frame) : frame_(frame), planner_(frame) {}

  // Edits the first variable of a chain of n equalities again and again. Returns the sum of what came out at the end.
  double chain(uint32_t n) {
    gc::Local<Variable> first = make_variable(frame_, 0);
    gc::Local<Variable> last(frame_, first.get());
    gc::Local<Variable> next(frame_);
    for (uint32_t i = 0; i < n; ++i) {
      next = make_variable(frame_, 0);
      bind(kEqual, kRequired, last, next);
      last = next;
    }
    keep(last, kStrongDefault);
    gc::Local<Constraint> edit = make(kEdit, kPreferred, first);
    gc::Local<Vector<Constraint>> plan = planner_.plan_for(edit);
    double sum = 0;
    for (int32_t value = 0; value < 100; ++value) {
      first->value = value;
      execute(*plan);
      sum += last->value;
    }
    planner_.remove(edit);
    return sum;
  }
  // Binds n pairs by one scale and one offset. Returns the sum of the variables after each of four edits.
  double projection(uint32_t n) {
    gc::Local<Variable> scale = make_variable(frame_, 10);
    gc::Local<Variable> offset = make_variable(frame_, 1000);
    gc::Local<Vector<Variable>> all = frame_.make<Vector<Variable>>();
    gc::Local<Variable> from(frame_);
    gc::Local<Variable> to(frame_);
    for (uint32_t i = 0; i < n; ++i) {
      from = make_variable(frame_, static_cast<int32_t>(i));
      to = make_variable(frame_, static_cast<int32_t>(i));
      push(frame_, all, to);
      keep(from, kNormal);
      gc::Local<Constraint> constraint = make_unbound(kScale, kRequired, from);
      constraint->second = to;
      constraint->scale = scale;
      constraint->offset = offset;
      join(constraint);
    }
    double sum = change(from, 17) + to->value;
    sum += change(to, 1050) + from->value;
    for (const auto& [edited, value] : {Edit{&scale, 5}, Edit{&offset, 2000}}) {
      sum += change(*edited, value);
      for (uint32_t i = 0; i < n; ++i) sum += all->at(i)->value;
    }
    return sum;
  }
  double failures() const { return planner_.failures(); }

 private:
  struct Edit {
    const gc::Local<Variable>* variable;
    int32_t value;
  };

  gc::Fresh<Constraint> make_unbound(ConstraintKind kind, uint32_t strength, const gc::Local<Variable>& first) {
    gc::Local<Constraint> constraint = frame_.make<Constraint>();
    constraint->kind = kind;
    constraint->strength = strength;
    constraint->first = first;
    return constraint.fresh();
  }
  // Adds the constraint to the lists of its variables, then to the plan.
  void join(const gc::Local<Constraint>& constraint) {
    gc::Local<Vector<Constraint>> list(frame_);
    const gc::Member<Variable> Constraint::*const places[] = {&Constraint::first, &Constraint::second,
                                                              &Constraint::scale, &Constraint::offset};
    for (const auto place : places) {
      const Variable* const variable = ((*constraint).*place).get();
      if (variable == nullptr) continue;
      list = variable->constraints;
      push(frame_, list, constraint);
    }
    planner_.add(constraint);
  }
  gc::Fresh<Constraint> make(ConstraintKind kind, uint32_t strength, const gc::Local<Variable>& first) {
    gc::Local<Constraint> constraint = make_unbound(kind, strength, first);
    join(constraint);
    return constraint.fresh();
  }
  void keep(const gc::Local<Variable>& variable, uint32_t strength) {
    const gc::Local<Constraint> stay = make(kStay, strength, variable);
  }
  void bind(ConstraintKind kind, uint32_t strength, const gc::Local<Variable>& first,
            const gc::Local<Variable>& second) {
    gc::Local<Constraint> constraint = make_unbound(kind, strength, first);
    constraint->second = second;
    join(constraint);
  }
  double change(const gc::Local<Variable>& variable, int32_t value) {
    gc::Local<Constraint> edit = make(kEdit, kPreferred, variable);
    gc::Local<Vector<Constraint>> plan = planner_.plan_for(edit);
    for (uint32_t i = 0; i < 10; ++i) {
      variable->value = value;
      execute(*plan);
    }
    planner_.remove(edit);
    return variable->value;
  }
  static void execute(const Vector<Constraint>& plan) {
    for (uint32_t i = 0; i < plan.count; ++i) plan.at(i)->execute();
  }

  gc::Frame& frame_;
  Planner planner_;
};

class DeltaBlue final : public Workload {
 public:
  DeltaBlue(gc::Heap& heap, Sizes sizes) : heap_(heap), n_(sizes.a), rounds_(sizes.b), left_(sizes.b) {}

  bool step() override {
    gc::Frame frame(heap_);
    Problem problem(frame);
    sum_ += problem.chain(n_) + problem.projection(n_) + kFailure * problem.failures();
    return --left_ != 0;
  }
  double checksum() override { return sum_; }
  double operations() const override { return rounds_; }

 private:
  gc::Heap& heap_;
  const uint32_t n_, rounds_;
  uint32_t left_;
  double sum_ = 0;
};

}  // namespace

Workload* make_deltablue(gc::Heap& heap, Sizes sizes) { return make_workload<DeltaBlue>(heap, sizes); }

}  // namespace bench
