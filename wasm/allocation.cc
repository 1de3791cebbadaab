// These exports create the heap, define types and allocate. An id that names no type is like no type: the heap says
// "malloc missing type".
#include "door.h"

namespace {

constexpr const char* kMadeAlready = MALLOCGC_FLAVOUR_LEAN ? "" : "the module has one heap, and it is made already";

mgc_options options = {};
mgc_status creation_status = MGC_OK;
bool is_made = false;

// Type descriptions and names are in this memory: it is static for most, otherwise an object that a handle keeps.
constexpr size_t kStaticScratchBytes = 4096;
alignas(16) unsigned char static_scratch[kStaticScratchBytes];
mgc_handle scratch_handle = 0;

constexpr bool kHasDamage = MALLOCGC_FLAVOUR_DEBUG != 0;
constexpr size_t kDamageTextBytes = 256;
char damage_text[kHasDamage ? kDamageTextBytes : 1];
bool is_damaged = false;

void hear_damage(const mgc_damage* damage, void*) {
  size_t length = 0;
  while (damage->text[length] != 0 && length + 1 < sizeof damage_text) ++length;
  __builtin_memcpy(damage_text, damage->text, length);
  damage_text[length] = 0;
  is_damaged = true;
}

}  // namespace

bool door::tells_damage() {
  if (!kHasDamage || !is_damaged) return false;
  is_damaged = false;
  mgc_fail(heap(), MGC_CORRUPT, damage_text);
  return true;
}

MGC_EXPORT(mgc_options) uint32_t door_options() { return door::address_of(&options); }

MGC_EXPORT(mgc_init) int32_t door_init() {
  if (is_made) return mgc_fail(door::heap(), MGC_BAD_ARGUMENT, kMadeAlready);
  if (creation_status != MGC_OK) return creation_status;  // it was tried and has failed: a memory is fresh only once
  creation_status = mgc_static_heap_create(&options);
  is_made = creation_status == MGC_OK;
  if (kHasDamage && is_made) mgc_set_damage_handler(door::heap(), hear_damage, nullptr);
  return creation_status;
}

MGC_EXPORT(mgc_status) int32_t door_status() { return mgc_last_status(is_made ? door::heap() : nullptr); }
MGC_EXPORT(mgc_error_text) uint32_t door_error_text() {
  return door::address_of(mgc_last_error(is_made ? door::heap() : nullptr));
}

MGC_EXPORT(mgc_scratch) uint32_t door_scratch(uint32_t bytes) {
  if (scratch_handle != 0) mgc_handle_free(door::heap(), scratch_handle);
  scratch_handle = 0;
  if (bytes <= kStaticScratchBytes) return door::address_of(static_scratch);
  void* const block = mgc_malloc(door::mutator(), bytes, nullptr, MGC_NOSCAN);
  if (block == nullptr) return 0;
  scratch_handle = mgc_handle_new(door::heap(), block);
  return scratch_handle != 0 ? door::address_of(block) : 0;
}

MGC_EXPORT(mgc_type_define) uint32_t door_type_define(uint32_t info) {
  mgc_type type = nullptr;
  mgc_type_define(door::heap(), door::at<const mgc_type_info>(info), &type);
  return mgc_type_id(type);
}

MGC_EXPORT(mgc_set_filter) int32_t door_set_filter(uint32_t filter) {
  return mgc_set_filter(door::heap(), door::at<const mgc_filter>(filter));
}

MGC_EXPORT(mgc_malloc) uint32_t door_malloc(uint32_t size, uint32_t type, uint32_t flags) {
  return door::made(mgc_malloc(door::mutator(), size, door::type_of_id(type), flags));
}

MGC_EXPORT(mgc_new) uint32_t door_new(uint32_t type) {
  return door::made(mgc_new(door::mutator(), door::type_of_id(type)));
}

MGC_EXPORT(mgc_new_array) uint32_t door_new_array(uint32_t type, int32_t n) {
  return door::made(mgc_new_array(door::mutator(), door::type_of_id(type), n));
}

MGC_EXPORT(mgc_raw) uint32_t door_raw(uint32_t size) { return door::made(mgc_raw(door::mutator(), size)); }

MGC_EXPORT(mgc_roundup) uint32_t door_roundup(uint32_t size) { return mgc_roundup(size); }

MGC_EXPORT(mgc_noscan_slot) uint32_t door_noscan_slot(uint32_t size) {
  return door::address_of(mgc_noscan_slot_of(door::mutator(), size));
}

MGC_EXPORT(mgc_alloc_slot) uint32_t door_alloc_slot(uint32_t type) {
  return door::address_of(mgc_alloc_slot_of(door::mutator(), door::type_of_id(type)));
}

#if !MALLOCGC_FLAVOUR_LEAN
MGC_EXPORT(mgc_sized_slot) uint32_t door_sized_slot(uint32_t type, uint32_t size) {
  return door::address_of(mgc_sized_slot_of(door::mutator(), door::type_of_id(type), size));
}
MGC_EXPORT(mgc_free) int32_t door_free(uint32_t object) { return mgc_free(door::heap(), door::at(object)); }
MGC_EXPORT(mgc_realloc) uint32_t door_realloc(uint32_t object, uint32_t size) {
  return door::made(mgc_realloc(door::mutator(), door::at(object), size));
}
MGC_EXPORT(mgc_malloc_uncollectable)
uint32_t door_malloc_uncollectable(uint32_t size, uint32_t type, uint32_t flags) {
  return door::made(mgc_malloc_uncollectable(door::mutator(), size, door::type_of_id(type), flags));
}
#endif
