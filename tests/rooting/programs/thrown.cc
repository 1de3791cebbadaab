// Exceptions of C++ go through functions that hold the only pointers to their objects, with a collection at every
// allocation, or with an argument with none at all. It prints what it made of them.

#include <gc.h>

#include <cstdio>

namespace {
struct Cell {
  Cell* next;
  long value;
};
struct Problem {
  long value;
};
struct Guard {
  explicit Guard(Cell* kept) : kept_(kept) {}
  ~Guard();
  Cell* kept_;
};
long cleaned = 0;
bool collects = true;
__attribute__((noinline)) Cell* cell(Cell* next, long value) {
  Cell* const made = static_cast<Cell*>(GC_MALLOC(sizeof(Cell)));
  made->next = next;
  made->value = value;
  if (collects) GC_gcollect();
  return made;
}
Guard::~Guard() { cleaned += cell(kept_, 1)->next->value; }
__attribute__((noinline)) long risky(Cell* list, long n) {
  Cell* const mine = cell(list, n);
  const Guard guard(mine);
  if (n % 3 == 0) throw Problem{cell(mine, n)->next->value};
  if (n % 5 == 0) throw n;
  return cell(mine, n)->next->value + mine->next->value;
}
__attribute__((noinline)) long passing(Cell* list, long n) {
  Cell* const mine = cell(list, 2 * n);
  try {
    return risky(mine, n);
  } catch (const Problem& problem) {
    cell(nullptr, 9);
    if (n % 2 == 0) throw;
    return problem.value * mine->value;
  }
}
long run(long count) {
  Cell* list = nullptr;
  long sum = 0;
  for (long n = 1; n <= count; ++n) {
    Cell* const before = cell(list, n);
    try {
      list = cell(before, 5);
      sum = sum * 3 + passing(list, n);
    } catch (const Problem& problem) {
      cell(nullptr, 1);
      sum += problem.value * list->value;
    } catch (...) {
      cell(nullptr, 2);
      sum += before->value;
    }
    sum = (sum * 7 + before->value) % 1000003;
  }
  for (long n = 0; list != nullptr && n < 3 * count; ++n, list = list->next) sum = (sum * 3 + list->value) % 1000003;
  return sum;
}
}  // namespace
int main(int words, char**) {
  GC_INIT();
  collects = words < 2;
  if (!collects) GC_disable();
  const long sum = run(40);
  std::printf("%ld %ld\n", sum, cleaned);
  return 0;
}
