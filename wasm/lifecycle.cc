// These exports are finalizers, cleanups, weak handles, host values, and questions about an address. The host has the
// functions, and the heap has its tokens.
#include "cells.h"
#include "door.h"

namespace {
door::ReadyCell ready;
door::FoundCell found;
}  // namespace

MGC_EXPORT(mgc_set_finalizer) int32_t door_set_finalizer(uint32_t address, double token) {
  return mgc_set_finalizer_token(door::heap(), door::at(address), door::integer_of(token));
}
MGC_EXPORT(mgc_clear_finalizer) int32_t door_clear_finalizer(uint32_t address) {
  return mgc_clear_finalizer(door::heap(), door::at(address));
}
MGC_EXPORT(mgc_add_cleanup) double door_add_cleanup(uint32_t address, double token) {
  return static_cast<double>(mgc_add_cleanup_token(door::heap(), door::at(address), door::integer_of(token)));
}
MGC_EXPORT(mgc_stop_cleanup) int32_t door_stop_cleanup(double id) {
  return mgc_stop_cleanup(door::heap(), door::integer_of(id));
}

MGC_EXPORT(mgc_ready) uint32_t door_ready() { return door::address_of(&ready); }
MGC_EXPORT(mgc_ready_next) uint32_t door_ready_next() {
  mgc_ready next;
  mgc_ready_next(door::heap(), &next);
  ready = {next.kind, door::address_of(next.object), static_cast<double>(next.token), static_cast<double>(next.handle)};
  return next.kind;
}
MGC_EXPORT(mgc_ready_count) uint32_t door_ready_count() { return mgc_ready_count(door::heap()); }

MGC_EXPORT(mgc_weak_new) double door_weak_new(uint32_t address) {
  return static_cast<double>(mgc_weak_new(door::heap(), door::at(address)));
}
MGC_EXPORT(mgc_weak_get) uint32_t door_weak_get(double id) {
  return door::address_of(mgc_weak_get(door::heap(), door::integer_of(id)));
}
MGC_EXPORT(mgc_weak_free) int32_t door_weak_free(double id) {
  return mgc_weak_free(door::heap(), door::integer_of(id));
}

MGC_EXPORT(mgc_weak_load) uint32_t door_weak_load(uint32_t slot) {
  return door::address_of(mgc_weak_load(door::heap(), door::at(slot)));
}
MGC_EXPORT(mgc_weak_table_next) uint32_t door_weak_table_next(uint32_t object, uint32_t at, uint32_t entry) {
  return mgc_weak_table_next(door::heap(), door::at(object), door::at<size_t>(at), door::at<mgc_weak_entry>(entry));
}

MGC_EXPORT(mgc_host_new) uint32_t door_host_new() { return mgc_host_new(door::heap()); }
MGC_EXPORT(mgc_host_free) int32_t door_host_free(uint32_t index) { return mgc_host_free(door::heap(), index); }
MGC_EXPORT(mgc_host_next_released) uint32_t door_host_next_released() { return mgc_host_next_released(door::heap()); }

MGC_EXPORT(mgc_found) uint32_t door_found() { return door::address_of(&found); }
MGC_EXPORT(mgc_find_object) int32_t door_find_object(uint32_t address) {
  mgc_found object;
  const int32_t is_found = mgc_find_object(door::heap(), door::at(address), &object);
  found = {door::address_of(object.base), object.size, mgc_type_id(object.type)};
  return is_found;
}
MGC_EXPORT(mgc_type_of) uint32_t door_type_of(uint32_t address) {
  return mgc_type_id(mgc_type_of(door::heap(), door::at(address)));
}
