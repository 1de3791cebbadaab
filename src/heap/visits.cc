// Where the collector calls the client: enumerators of roots and trace functions. They run in the middle of a marking,
// so the heap is locked meanwhile: whatever would allocate, collect or register is refused with a text, and the marking
// goes on. A report that cannot be used is left out, and becomes an error of the collection when that is over.
#include "heap/heap.h"

namespace mallocgc {

Status Heap::add_enumerator(Enumerator function, void* context) {
  if constexpr (!kHasVisitors) return fail(Status::kBadArgument, "this flavour of the heap has no enumerators");
  if (usable() != Status::kOk) return last_status_;
  if (function == nullptr) return fail(Status::kBadArgument, "enumerator is null");
  return enumerators_.try_add(function, context) ? Status::kOk : fail(Status::kBadArgument, "too many enumerators");
}

Status Heap::remove_enumerator(Enumerator function, void* context) {
  if (usable() != Status::kOk) return last_status_;
  if (!enumerators_.try_remove(function, context)) return fail(Status::kBadArgument, "not a registered enumerator");
  return Status::kOk;
}

void Heap::call_client(void* heap, ClientCode::Run run, void* argument) {
  static_cast<Heap*>(heap)->busy_.call(CallbackPlace::kInside, [run, argument] { run(argument); });
}

// To be called after every collection, whoever began it, and after questions.
void Heap::note_complaint() {
  if constexpr (!kHasVisitors) return;
  client_status_ = Status::kOk;
  if (visitor_.complaint().empty()) return;
  events_.emit(MGC_EVENT_DIAGNOSIS, 0, 0, 0, 0, visitor_.complaint().c_str());
  client_status_ = fail(Status::kBadArgument, visitor_.complaint().c_str());
  visitor_.forget_complaint();
}

// What a collection that the client asked for came to.
Status Heap::outcome() {
  damage_.is_asked = false;
  const ErrorText& text = damage_.found.text;
  return text.empty() ? client_status_ : fail(Status::kCorrupt, text.c_str());
}

}  // namespace mallocgc
