// In lisp and nqueens the interpreter of examples/lisp, whose lists, scopes and closures are objects in the heap,
// evaluates a program (lisp_text.h). nqueens counts the ways to place as many queens; lisp also computes a Fibonacci
// number with closures that count the calls, and sorts a list. The checksum is the sum of all answers.
#include <cstdlib>

#include "../../../examples/lisp/lisp.h"
#include "lisp_text.h"
#include "programs.h"

namespace bench {
namespace {

// A module's stack in the bench has 512 KiB.
constexpr uint32_t kDepthMax = 1000;

class Lisp final : public Workload {
 public:
  Lisp(gc::Heap& heap, Sizes sizes, uint32_t tasks)
      : interpreter_(heap, kDepthMax), n_(sizes.a), tasks_(tasks), left_(sizes.b * tasks), steps_(left_) {}

  void prepare() override { interpreter_.answer(kLispText); }
  bool step() override {
    const std::string n = std::to_string(n_);
    const std::string tasks[] = {"(nqueens " + n + ")", "(fib-of (+ 10 " + n + "))",
                                 "(digest (sort (random-list (* 250 " + n + ") 7)) 1)"};
    --left_;
    sum_ += std::strtod(interpreter_.answer(tasks[left_ % tasks_]).c_str(), nullptr);
    return left_ != 0;
  }
  double checksum() override { return sum_; }
  double operations() const override { return steps_; }

 private:
  lisp::Interpreter interpreter_;
  const uint32_t n_, tasks_;
  uint32_t left_;
  const uint32_t steps_;
  double sum_ = 0;
};

}  // namespace

Workload* make_lisp(gc::Heap& heap, Sizes sizes) { return new Lisp(heap, sizes, 3); }
Workload* make_nqueens(gc::Heap& heap, Sizes sizes) { return new Lisp(heap, sizes, 1); }

}  // namespace bench
