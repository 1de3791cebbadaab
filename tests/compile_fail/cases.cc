// These lines must not compile with gc.h. Each is a case, with what the compiler must say (a regular expression over
// the words of gcc and clang). Without a case the file compiles. check.cmake compiles it once for each.
#include <mallocgc/gc.h>

#include <string>

#if !defined(CASE)
#define CASE 0
#endif
#define IN(number) (CASE == (number))

namespace gc = mallocgc;

struct Base {
  gc::Member<Base> next;
};
MALLOCGC_TYPE(Base, next);
struct Derived : Base {
  int n = 0;
};
MALLOCGC_TYPE(Derived, next);
struct Other {
  int n = 0;
};
MALLOCGC_TYPE(Other);
struct Unlisted {
  gc::Member<Base> member;
};
struct Destroyed {
  gc::Member<Base> member;
  std::string text;
};
MALLOCGC_TYPE(Destroyed, member);
struct Twice {
  gc::Member<Base> member;
};
MALLOCGC_TYPE(Twice, member, member);
struct alignas(16384) Aligned {
  gc::Member<Base> member;
};
MALLOCGC_TYPE(Aligned, member);
struct TakesLocal {
  gc::Member<Base> member;
  explicit TakesLocal(const gc::Local<Base>& local) : member(local) {}
};
MALLOCGC_TYPE(TakesLocal, member);

struct Weakly {
  gc::WeakMember<Base> weak, other;
  gc::Ephemeron<Base, Base> entries[2];
};
MALLOCGC_TYPE(Weakly, weak, other, entries);

template <class T>
void use(const T&) {}

void cases(gc::Heap& heap) {
  gc::Frame frame(heap);
  gc::Local<Base> base = frame.make<Base>();
  gc::Local<Derived> derived = frame.make<Derived>();
  gc::Local<Weakly> weak_base = frame.make<Weakly>();
  weak_base->weak = base;
  use(weak_base->weak.get(heap));
  int captured = 0;
  use(captured);
#if IN(1)  // EXPECT deleted
  gc::Fresh<Base> fresh = frame.make<Base>();
  gc::Fresh<Base> copy = fresh;
#elif IN(2)   // EXPECT cannot convert|no viable conversion|could not convert
  Base* pointer = frame.make<Base>();
#elif IN(3)   // EXPECT cannot convert|no viable conversion|could not convert
  Base* pointer = base;
#elif IN(4)   // EXPECT conversion|no viable|could not convert
  gc::Local<Derived> wrong = frame.make<Base>();
#elif IN(5)   // EXPECT no matching
  gc::Local<Base> nothing;
#elif IN(6)   // EXPECT a Fresh argument would not survive the allocation
  gc::Local<TakesLocal> made = frame.make<TakesLocal>(frame.make<Base>());
#elif IN(7)   // EXPECT objects of the heap are never destroyed, only freed
  gc::Local<Destroyed> made = frame.make<Destroyed>();
#elif IN(8)   // EXPECT no MALLOCGC_TYPE for this type
  gc::Local<Unlisted> made = frame.make<Unlisted>();
#elif IN(9)   // EXPECT a_field_is_listed_twice
  gc::Local<Twice> made = frame.make<Twice>();
#elif IN(10)  // EXPECT no alignment above a page
  gc::Local<Aligned> made = frame.make<Aligned>();
#elif IN(11)  // EXPECT deleted
  gc::Frame copy = frame;
#elif IN(12)  // EXPECT no match
  heap.set_finalizer(base, [&captured](Base*) { ++captured; });
#elif IN(13)  // EXPECT a finalizer takes|no match
  heap.set_finalizer(base, [](std::string) {});
#elif IN(14)  // EXPECT no match|no viable|invalid conversion|cannot convert
  derived->next = frame.make<Other>();
#elif IN(15)  // EXPECT nodiscard
  frame.make<Base>();
#elif IN(16)  // EXPECT deleted
  gc::Heap copy = heap;
#elif IN(17)  // EXPECT deleted|cannot be referenced|no matching
  gc::Handle<Base> handle(base);
  gc::Handle<Base> copy = handle;
#elif IN(18)  // EXPECT non-pointer|not a pointer
  gc::Weak<Base> weak(base);
  use(weak->next);
#elif IN(19)  // EXPECT no match|no viable|cannot convert
  derived = base;
#elif IN(20)  // EXPECT deleted
  gc::NoGcScope scope(heap);
  gc::NoGcScope copy = scope;
#elif IN(21)  // EXPECT no match
  heap.add_cleanup(base, [&captured] { ++captured; });
#elif IN(22)  // EXPECT constraints not satisfied|no match|associated constraints
  use(base == captured);
#elif IN(23)  // EXPECT protected|private
  gc::Holder holder;
#elif IN(24)  // EXPECT non-pointer|not a pointer
  use(weak_base->weak->next);
#elif IN(25)  // EXPECT deleted
  weak_base->weak = frame.make<Base>();
#elif IN(26)  // EXPECT deleted
  weak_base->weak = weak_base->other;
#elif IN(27)  // EXPECT cannot convert|no viable conversion
  Base* plain = weak_base->weak;
#elif IN(28)  // EXPECT deleted
  weak_base->entries[0] = weak_base->entries[1];
#elif IN(29)  // EXPECT private
  use(weak_base->entries[0].value_);
#elif IN(30)  // EXPECT no match
  base->next.init(frame.make<Base>());  // what makes the value may collect, and the object is no longer new then
#endif
}
