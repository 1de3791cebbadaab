// Heaps, mutators and errors of the C face.
#include <new>

#include "api/heap_storage.h"
#include "api/mgc_heap.h"
#include "api/stray_members.h"
#include "heap/options.h"
#include "platform/threads.h"

using namespace mallocgc;
using namespace mallocgc::api;

namespace {

constexpr size_t kStorageAlign = 16;
static_assert(sizeof(mgc_heap) <= MGC_HEAP_STORAGE_BYTES && alignof(mgc_heap) <= kStorageAlign);

// The last heap that could not be made; there is no heap to ask.
MGC_THREAD_LOCAL Status creation_status = Status::kOk;
MGC_THREAD_LOCAL ErrorText creation_error;

[[maybe_unused]] void set_creation_error(const char* text) { creation_error.set(text); }

MGC_ALWAYS_INLINE mgc_status creation_failed(Status status, const char* text) {
  if constexpr (kHasTexts) set_creation_error(text);
  creation_status = status;
  return code(status);
}

// The bytes of the address range to ask the platform for, and no more than there are addresses.
size_t source_bytes(const mgc_options& options) {
  const uint64_t wanted = options.max_bytes == 0 ? kDefaultMaxBytes : options.max_bytes;
  return wanted > ~size_t{0} ? ~size_t{0} : static_cast<size_t>(wanted);
}

// There is no memory for a heap. What is wrong with its options is told even so.
mgc_status refuse_for_memory(const mgc_options& options, const char* text) {
  const char* const refusal = refusal_of(options);
  return refusal != nullptr ? creation_failed(Status::kBadArgument, refusal)
                            : creation_failed(Status::kOutOfMemory, text);
}

}  // namespace

mgc_status mallocgc::api::make(mgc_heap* heap, const mgc_options* given, mgc_heap** out) {
  const mgc_options options = given != nullptr ? *given : mgc_options{};
  platform::MemorySource* const source =
      platform::default_source(heap->source, sizeof heap->source, source_bytes(options));
  if (source == nullptr) return refuse_for_memory(options, "out of memory: no address range of max_bytes");
  const Status status = heap->init(options, *source);
  if (status != Status::kOk) {
    const mgc_status failed = creation_failed(status, heap->last_error());
    heap->destroy();
    return failed;
  }
  heap_is_made(*heap);
  *out = heap;
  return MGC_OK;
}

mgc_status mgc_heap_create(const mgc_options* options, mgc_heap** heap) {
  *heap = nullptr;
  void* const storage = try_heap_storage();
  if (storage == nullptr) {
    return refuse_for_memory(options != nullptr ? *options : mgc_options{}, "out of memory: no room for another heap");
  }
  const mgc_status status = make(::new (storage) mgc_heap, options, heap);
  if (status != MGC_OK) {
    free_heap_storage(storage);
  } else {
    (*heap)->is_pooled = true;
  }
  return status;
}

mgc_status mgc_heap_create_in(void* storage, size_t storage_bytes, const mgc_options* options, mgc_heap** heap) {
  *heap = nullptr;
  if (storage == nullptr || storage_bytes < sizeof(mgc_heap) || !Address::of(storage).is_aligned(kStorageAlign)) {
    return creation_failed(Status::kBadArgument, "storage is too small or not aligned to 16");
  }
  return make(::new (storage) mgc_heap, options, heap);
}

size_t mgc_heap_storage_bytes(void) { return sizeof(mgc_heap); }

void mgc_heap_destroy(mgc_heap* heap) {
  if (heap == nullptr) return;
  const bool is_pooled = heap->is_pooled;
  heap_ends(*heap);
  heap->destroy();
  if (is_pooled) free_heap_storage(heap);
}

mgc_status mgc_last_status(const mgc_heap* heap) {
  return code(heap != nullptr ? heap->last_status() : creation_status);
}

const char* mgc_last_error(const mgc_heap* heap) {
  return heap != nullptr ? heap->last_error() : creation_error.c_str();
}

mgc_status mgc_mutator_last_status(const mgc_mutator* mutator) {
  return static_cast<mgc_status>(core(mutator).last_status);
}
const char* mgc_mutator_last_error(const mgc_mutator* mutator) { return core(mutator).last_error.c_str(); }

mgc_status mgc_fail(mgc_heap* heap, mgc_status status, const char* text) {
  return code(heap->fail(static_cast<Status>(status), text));
}

void mgc_heap_set_data(mgc_heap* heap, void* data) { heap->data = data; }
void* mgc_heap_data(const mgc_heap* heap) { return heap->data; }

uint32_t mgc_abi_version(void) { return MGC_ABI_VERSION; }

mgc_status mgc_check_abi(uint32_t version) {
  if (version == MGC_ABI_VERSION) return MGC_OK;
  ErrorText text;
  text.add("the program was compiled for ABI ").add_number(version).add(" of the heap, the library has ");
  text.add_number(MGC_ABI_VERSION).add(": compile it again with the headers of this library");
  return creation_failed(Status::kBadArgument, text.c_str());
}
uint32_t mgc_flavour_debug(void) { return kDebugFlavour; }

mgc_mutator* mgc_main_mutator(mgc_heap* heap) { return face(&heap->main_mutator()); }
mgc_heap* mgc_mutator_heap(mgc_mutator* mutator) { return static_cast<mgc_heap*>(&heap_of(mutator)); }

mgc_mutator* mgc_mutator_attach(mgc_heap* heap) { return face(heap->attach(0)); }
mgc_mutator* mgc_mutator_attach_sized(mgc_heap* heap, uint32_t shadow_slots) {
  return face(heap->attach(shadow_slots));
}
mgc_status mgc_mutator_detach(mgc_mutator* mutator) { return code(heap_of(mutator).detach(core(mutator))); }
