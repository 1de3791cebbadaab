// Disappearing links are places that become null when an object is found dead, each with a weak handle of the heap.
// When an object waits for its finalizer, its weak handles are dead already; so a long link to it, and a link inside
// it, get new ones then. All this is decided before the program runs again after a collection, so that an address means
// what it meant before (finish in program.h).
//
// Toggled references lie in a range of roots: strong ones as they are, weak ones inverted, with a weak handle.
#include <cstdlib>
#include <initializer_list>

#include "boehm/address_map.h"
#include "boehm/program.h"

using namespace mallocgc::boehm;

namespace mallocgc::boehm {

namespace {

AddressMap<uint32_t> linked;  // objects that are watched, and by how many

void add_watch(void* base, int change) {
  auto* const entry = linked.add(base);
  if (entry == nullptr) return stop("out of memory for disappearing links");
  entry->value += static_cast<uint32_t>(change);
  if (entry->value == 0) linked.remove(*entry);
}

// This is a weak handle, with the object that it is about.
struct Watched {
  mgc_weak weak;
  uintptr_t hidden_base;

  // Returns false if there is no memory for it, or `address` is in no object (mgc_last_status says which).
  bool watch(const void* address) {
    mgc_found found = {};
    mgc_find_object(program.heap, address, &found);
    hidden_base = ~reinterpret_cast<uintptr_t>(found.base);
    weak = mgc_weak_new(program.heap, const_cast<void*>(address));
    if (weak != 0) add_watch(found.base, 1);
    return weak != 0;
  }
  void* base() const { return reinterpret_cast<void*>(~hidden_base); }
  void end() const {
    mgc_weak_free(program.heap, weak);
    add_watch(base(), -1);
  }
  bool is_alive() const { return mgc_weak_get(program.heap, weak) != nullptr; }
  // The object was found dead. If it still waits for its finalizer, it is watched anew. Returns false if it is gone.
  bool watch_until_finalized(const void* address) {
    if (!is_armed(base())) return false;
    const Watched dead = *this;
    const bool is_watched = watch(address);
    if (is_watched) {
      dead.end();
    } else {
      *this = dead;
    }
    return is_watched;
  }
};
struct Link {
  Watched object;
  Watched holder;  // the object that the place lies in
  bool has_holder;
  uintptr_t hidden_object;  // the address that was given
};
using Links = AddressMap<Link>;
Links short_links;
Links long_links;
void end(Links& links, Links::Entry& entry) {
  entry.value.object.end();
  if (entry.value.has_holder) entry.value.holder.end();
  links.remove(entry);
}

// GC_NO_MEMORY changes nothing. What is no object never dies.
int put(Links& links, void** place, const void* object) {
  ensure();
  Link link = {};
  link.hidden_object = ~reinterpret_cast<uintptr_t>(object);
  if (!link.object.watch(object)) return mgc_last_status(program.heap) == MGC_OUT_OF_MEMORY ? GC_NO_MEMORY : GC_SUCCESS;
  link.has_holder = mgc_find_object(program.heap, place, nullptr) != 0;
  bool has_room = !link.has_holder || link.holder.watch(place);
  auto* entry = has_room ? links.find(place) : nullptr;
  const bool is_known = entry != nullptr;
  if (is_known) {
    entry->value.object.end();
    if (entry->value.has_holder) entry->value.holder.end();
  } else if (has_room) {
    entry = links.add(place);
  }
  if (entry == nullptr) {
    link.object.end();
    if (link.has_holder && link.holder.weak != 0) link.holder.end();
    return GC_NO_MEMORY;
  }
  entry->value = link;
  return is_known ? GC_DUPLICATE : GC_SUCCESS;
}

int drop(Links& links, void** place) {
  auto* const entry = links.find(place);
  if (entry == nullptr) return 0;
  end(links, *entry);
  return 1;
}

int move(Links& links, void** place, void** to) {
  auto* const entry = links.find(place);
  if (entry == nullptr) return GC_NOT_FOUND;
  if (place == to) return GC_SUCCESS;
  if (links.find(to) != nullptr) return GC_DUPLICATE;
  const void* const object = reinterpret_cast<void*>(~entry->value.hidden_object);
  end(links, *entry);
  return put(links, to, object);
}

void clear_dead(Links& links, bool is_long) {
  links.for_each([&](Links::Entry& entry) {
    Link& link = entry.value;
    void** const place = static_cast<void**>(entry.address());
    if (link.has_holder && !link.holder.is_alive() && !link.holder.watch_until_finalized(place))
      return end(links, entry);
    if (link.object.is_alive()) return;
    if (is_long && link.object.watch_until_finalized(reinterpret_cast<void*>(~link.hidden_object))) return;
    *place = nullptr;
    end(links, entry);
  });
}

// ---- Toggled references ----

struct Toggled {
  uintptr_t strong;  // the object, or 0
  uintptr_t hidden;  // inverted, or 0: the entry is free
  mgc_weak weak;
};
constexpr size_t kFirstToggled = 64;
Toggled* toggled;  // registered as a range
size_t toggled_count;
size_t toggled_capacity;
GC_toggleref_func toggle;

bool make_room() {
  if (toggled_count < toggled_capacity) return true;
  const size_t more = toggled_capacity == 0 ? kFirstToggled : 2 * toggled_capacity;
  auto* const fresh = static_cast<Toggled*>(calloc(more, sizeof(Toggled)));
  if (fresh == nullptr || mgc_add_roots(program.heap, fresh, more * sizeof(Toggled), nullptr) != MGC_OK) {
    free(fresh);
    return false;
  }
  for (size_t i = 0; i < toggled_count; ++i) fresh[i] = toggled[i];
  if (toggled != nullptr) mgc_remove_roots(program.heap, toggled);
  free(toggled);
  toggled = fresh;
  toggled_capacity = more;
  return true;
}

}  // namespace

// Makes links to the object null, and forgets links inside it.
void unlink(const void* object) {
  if (linked.find(object) == nullptr) return;
  for (Links* links : {&short_links, &long_links}) {
    links->for_each([&](Links::Entry& entry) {
      const bool is_inside = entry.value.has_holder && entry.value.holder.base() == object;
      if (!is_inside && entry.value.object.base() != object) return;
      if (!is_inside) *static_cast<void**>(entry.address()) = nullptr;
      end(*links, entry);
    });
  }
}

bool has_links() { return short_links.size() + long_links.size() + toggled_count != 0; }

void clear_dead_links() {
  clear_dead(short_links, false);
  clear_dead(long_links, true);
}

// Nothing may be asked of the heap here. After a collection whose dead are not taken out of the lists yet, nothing is
// toggled.
void toggle_references() {
  if (toggle == nullptr || program.cycle_ended) return;
  for (size_t i = 0; i < toggled_count; ++i) {
    Toggled& each = toggled[i];
    const GC_ToggleRefStatus status = toggle(reinterpret_cast<void*>(~each.hidden));
    each.strong = status == GC_TOGGLE_REF_STRONG ? ~each.hidden : 0;
    if (status == GC_TOGGLE_REF_DROP) each.hidden = 0;
  }
}

void forget_toggled_deaths() {
  size_t kept = 0;
  for (size_t i = 0; i < toggled_count; ++i) {
    const Toggled each = toggled[i];
    if (each.hidden != 0 && mgc_weak_get(program.heap, each.weak) != nullptr) {
      toggled[kept++] = each;
    } else {
      mgc_weak_free(program.heap, each.weak);
    }
  }
  for (size_t i = kept; i < toggled_count; ++i) toggled[i] = Toggled{};
  toggled_count = kept;
}

}  // namespace mallocgc::boehm

extern "C" {

int GC_register_disappearing_link(void** link) { return put(short_links, link, *link); }
int GC_general_register_disappearing_link(void** link, const void* object) { return put(short_links, link, object); }
int GC_unregister_disappearing_link(void** link) { return drop(short_links, link); }
int GC_move_disappearing_link(void** link, void** new_link) { return move(short_links, link, new_link); }
int GC_register_long_link(void** link, const void* object) { return put(long_links, link, object); }
int GC_unregister_long_link(void** link) { return drop(long_links, link); }
int GC_move_long_link(void** link, void** new_link) { return move(long_links, link, new_link); }

void GC_set_toggleref_func(GC_toggleref_func function) { toggle = function; }
GC_toggleref_func GC_get_toggleref_func(void) { return toggle; }
int GC_toggleref_add(void* object, int is_strong) {
  ensure();
  if (toggle == nullptr) return GC_SUCCESS;
  if (!make_room()) return GC_NO_MEMORY;
  const mgc_weak weak = mgc_weak_new(program.heap, object);
  if (weak == 0) return GC_NO_MEMORY;
  const auto address = reinterpret_cast<uintptr_t>(object);
  toggled[toggled_count++] = Toggled{is_strong != 0 ? address : 0, ~address, weak};
  return GC_SUCCESS;
}

}  // extern "C"
