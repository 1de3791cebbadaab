// Boehm's interface is used from C++: classes derive from gc and gc_cleanup, and placement and containers use its
// allocators. The program ends with "N passed, N failed".
#include "checks.h"

#include <gc/gc_allocator.h>
#include <gc/gc_inline.h>
#include <gc/gc_mark.h>
#include <gc_cpp.h>

#include <list>
#include <map>
#include <string>
#include <vector>

namespace {

constexpr int kMany = 400;
int destroyed;

bool nearly_all(int n) { return n >= kMany * 9 / 10 && n <= kMany; }
void collect_twice() {
  clear_stack();
  GC_gcollect();
  clear_stack();
  GC_gcollect();
}

struct Node : public gc {
  Node* next = nullptr;
  int value = 0;
};
struct Base {
  virtual ~Base() = default;
  long number = 1;
};
// The class does not begin with its gc_cleanup.
struct Cleaned : public Base, public gc_cleanup {
  explicit Cleaned(Node* list) : list(list) {}
  ~Cleaned() override { destroyed += list != nullptr && list->value == 5; }
  Node* list;
};
struct Plain {
  int value;
};
void count_plain(void* object, void* data) {
  destroyed += static_cast<Plain*>(object)->value == *static_cast<int*>(data);
}

NOINLINE Node* make_list(int length, int value) {
  Node* list = nullptr;
  for (int i = 0; i < length; ++i) {
    Node* const node = new Node;
    node->next = list;
    node->value = value;
    list = node;
  }
  return list;
}
int length_of(const Node* list) {
  int length = 0;
  for (; list != nullptr; list = list->next) ++length;
  return length;
}

void objects_of_classes_live_on_the_heap() {
  Node* const list = make_list(1000, 1);
  Node* const array = new Node[10];
  array[9].next = make_list(7, 1);
  for (int i = 0; i < 10; ++i) make_list(50000, 2);
  CHECK(length_of(list) == 1000 && length_of(array[9].next) == 7);
  CHECK(GC_base(list) == list && GC_is_heap_ptr(array));
  delete list->next;
  list->next = nullptr;
  Plain* const plain = new (GC) Plain{3};
  int* const numbers = new (PointerFreeGC) int[100];
  CHECK(GC_base(plain) == plain && GC_base(numbers) == numbers);
  Plain* const kept = new (NoGC) Plain{4};
  CHECK(GC_base(kept) == kept);
  GC_FREE(kept);
  alignas(Node) char room[sizeof(Node)];
  Node* const placed = new (static_cast<void*>(room)) Node;
  CHECK(!GC_is_heap_ptr(placed));
}

NOINLINE void make_cleaned() {
  for (int i = 0; i < kMany; ++i) new Cleaned(make_list(3, 5));
}
NOINLINE void make_plain(int* data) {
  for (int i = 0; i < kMany; ++i) new (GC, count_plain, data) Plain{*data};
}
void destructors_run() {
  destroyed = 0;
  make_cleaned();
  collect_twice();
  CHECK(nearly_all(destroyed));
  destroyed = 0;
  static int expected = 77;
  make_plain(&expected);
  collect_twice();
  CHECK(nearly_all(destroyed));
  destroyed = 0;
  { Cleaned on_the_stack(nullptr); }
  delete new Cleaned(make_list(1, 5));
  CHECK(destroyed == 1);
  collect_twice();
  CHECK(destroyed == 1);
}

using Strings = std::vector<std::basic_string<char, std::char_traits<char>, gc_allocator<char>>,
                            gc_allocator<std::basic_string<char, std::char_traits<char>, gc_allocator<char>>>>;
void containers_hold_what_they_hold() {
  Strings strings;
  std::list<Node*, traceable_allocator<Node*>> nodes;
  std::map<int, Node*, std::less<int>, gc_allocator<std::pair<const int, Node*>>> by_number;
  for (int i = 0; i < 2000; ++i) {
    strings.push_back("a string that is longer than the short ones, number ");
    strings.back() += static_cast<char>('0' + i % 10);
    nodes.push_back(make_list(i % 5, i));
    by_number[i] = make_list(2, i);
  }
  for (int i = 0; i < 10; ++i) make_list(50000, 2);
  GC_gcollect();
  bool intact = true;
  int i = 0;
  for (const Node* each : nodes) {
    intact = intact && length_of(each) == i % 5 && strings[static_cast<size_t>(i)].back() == '0' + i % 10 &&
             length_of(by_number[i]) == 2 && by_number[i]->value == i;
    ++i;
  }
  CHECK(intact && i == 2000);
}

struct PlainData {
  long numbers[4];
};
struct OldPlainData {
  long numbers[4];
};

}  // namespace

GC_DECLARE_PTRFREE(PlainData);
template <>
struct GC_type_traits<OldPlainData> {
  GC_true_type GC_is_ptr_free;
};

namespace {

void traits_choose_the_kind() {
  const auto kind = [](const void* object) { return GC_get_kind_and_size(object, nullptr); };
  CHECK(kind(gc_allocator<PlainData>().allocate(10)) == GC_I_PTRFREE);
  CHECK(kind(gc_allocator<OldPlainData>().allocate(10)) == GC_I_PTRFREE);
  CHECK(kind(gc_allocator<double>().allocate(10)) == GC_I_PTRFREE);
  CHECK(kind(gc_allocator<Node>().allocate(10)) == GC_I_NORMAL);
  CHECK(kind(gc_allocator_ignore_off_page<Node*>().allocate(10)) == GC_I_NORMAL);
  CHECK(kind(GC_selective_alloc(100, GC_true_type(), false)) == GC_I_PTRFREE);
  CHECK(kind(GC_selective_alloc(100, GC_false_type(), true)) == GC_I_NORMAL);
}

void too_much_is_bad_alloc() {
  bool caught = false;
  try {
    std::vector<long, gc_allocator<long>> too_long;
    too_long.reserve(too_long.max_size() / 2);
  } catch (const std::bad_alloc&) {
    caught = true;
  }
  CHECK(caught);
}

}  // namespace

int main() {
  GC_INIT();
  objects_of_classes_live_on_the_heap();
  destructors_run();
  containers_hold_what_they_hold();
  traits_choose_the_kind();
  too_much_is_bad_alloc();
  return closing_line();
}
