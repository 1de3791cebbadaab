// Finalizers may have both orders. The heap knows one function for all of them. A table by object says which of the
// program's is meant: the address of an object stays the same while it is armed. The client's data is the heap's
// context, and a root.
#include "boehm/address_map.h"
#include "boehm/kinds.h"
#include "boehm/program.h"

using namespace mallocgc::boehm;

namespace mallocgc::boehm {

namespace {

struct Armed {
  GC_finalization_proc function;
  uintptr_t hidden_data;  // inverted: it is a root by the heap's own record
  bool is_unordered;
};
AddressMap<Armed> armed;
void run(mgc_mutator*, void* object, void* data) {
  auto* const entry = armed.find(object);
  if (entry == nullptr) return;
  const GC_finalization_proc function = entry->value.function;
  armed.remove(*entry);
  function(object, data);
  watch_again(object);
}

void arm(void* object, GC_finalization_proc function, void* data, bool is_unordered, GC_finalization_proc* old_function,
         void** old_data) {
  ensure();
  auto* const before = armed.find(object);
  const Armed old = before == nullptr ? Armed{} : before->value;
  if (old_function != nullptr) *old_function = old.function;
  if (old_data != nullptr) *old_data = before == nullptr ? nullptr : reinterpret_cast<void*>(~old.hidden_data);
  if (before != nullptr) {
    mgc_clear_finalizer(program.heap, object);
    armed.remove(*before);
  }
  if (function == nullptr) {
    if (before != nullptr) watch_again(object);
    return;
  }
  mgc_found found = {};
  if (mgc_find_object(program.heap, object, &found) == 0 || found.base != object) return;
  auto* const entry = armed.add(object);
  if (entry == nullptr) return static_cast<void>(out_of_memory(sizeof(Armed)));
  entry->value = Armed{function, ~reinterpret_cast<uintptr_t>(data), is_unordered};
  unwatch(object);
  const mgc_status status = is_unordered ? mgc_set_finalizer_unordered(program.heap, object, run, data)
                                         : mgc_set_finalizer(program.heap, object, run, data);
  if (status == MGC_OK) return;
  armed.remove(*entry);
  if (status == MGC_OUT_OF_MEMORY) static_cast<void>(out_of_memory(sizeof(Armed)));
}

}  // namespace

bool is_armed(const void* object) { return armed.find(object) != nullptr; }

void disarm(const void* object) {
  if (auto* const entry = armed.find(object)) armed.remove(*entry);
}

bool has_finalizers() { return armed.size() != 0 || has_watched(); }

int run_finalizers() {
  if (program.heap == nullptr || program.is_finalizing) return 0;
  program.is_finalizing = true;
  const size_t count = mgc_run_finalizers(program.heap, SIZE_MAX);
  program.is_finalizing = false;
  return static_cast<int>(count);
}

void notify_or_run_finalizers() {
  if (mgc_ready_count(program.heap) == 0) return;
  if (GC_finalize_on_demand == 0) {
    (void)run_finalizers();
  } else if (GC_finalizer_notifier != nullptr) {
    GC_finalizer_notifier();
  }
}

}  // namespace mallocgc::boehm

extern "C" {

void GC_register_finalizer(void* object, GC_finalization_proc function, void* data, GC_finalization_proc* old_function,
                           void** old_data) {
  arm(object, function, data, false, old_function, old_data);
}
void GC_register_finalizer_ignore_self(void* object, GC_finalization_proc function, void* data,
                                       GC_finalization_proc* old_function, void** old_data) {
  arm(object, function, data, false, old_function, old_data);
}
void GC_register_finalizer_no_order(void* object, GC_finalization_proc function, void* data,
                                    GC_finalization_proc* old_function, void** old_data) {
  arm(object, function, data, true, old_function, old_data);
}
void GC_register_finalizer_unreachable(void* object, GC_finalization_proc function, void* data,
                                       GC_finalization_proc* old_function, void** old_data) {
  arm(object, function, data, false, old_function, old_data);
}

int GC_invoke_finalizers(void) { return run_finalizers(); }
int GC_should_invoke_finalizers(void) { return program.heap != nullptr && mgc_ready_count(program.heap) != 0; }
int GC_finalize_on_demand;
GC_finalizer_notifier_proc GC_finalizer_notifier;
void GC_set_finalize_on_demand(int on) { GC_finalize_on_demand = on != 0; }
int GC_get_finalize_on_demand(void) { return GC_finalize_on_demand; }
void GC_set_finalizer_notifier(GC_finalizer_notifier_proc function) { GC_finalizer_notifier = function; }
GC_finalizer_notifier_proc GC_get_finalizer_notifier(void) { return GC_finalizer_notifier; }

void GC_finalize_all(void) {
  if (program.heap == nullptr) return;
  (void)run_finalizers();
  while (armed.size() != 0) {
    void* object = nullptr;
    armed.for_each([&](auto& entry) { object = entry.address(); });
    auto* const entry = armed.find(object);
    const Armed last = entry->value;
    void* volatile data = reinterpret_cast<void*>(~last.hidden_data);  // on the stack, a root
    mgc_clear_finalizer(program.heap, object);
    armed.remove(*entry);
    last.function(object, data);
  }
}

}  // extern "C"
