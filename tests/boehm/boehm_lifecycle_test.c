/* Boehm's interface is used from C11: finalizers of both orders, disappearing and long links, toggled references. The
 * program ends with "N passed, N failed". */
#include "cells.h"

#include <javaxfc.h>
#include <stdint.h>

/* ---- Finalizers ---- */

enum { kMany = 400 };
static int ran, order_is_right;
static cell* volatile revived;

static void count(void* object, void* data) {
  if (((cell*)object)->value == (long)(intptr_t)data) ++ran;
}
static void nested(void* object, void* data) {
  list_of(20000); /* collects inside */
  GC_gcollect();
  count(object, data);
}
static void revive(void* object, void* data) {
  (void)data;
  revived = object;
  ++ran;
}
static void in_order(void* object, void* data) {
  cell* const me = object;
  if (me->next != NULL && me->next->other != NULL) order_is_right = 0; /* what I point to has run */
  me->other = me;
  count(object, data);
}
static NOINLINE void arm_many(GC_finalization_proc function) {
  for (long i = 0; i < kMany; ++i) GC_REGISTER_FINALIZER(cons(NULL, i), function, (void*)(intptr_t)i, NULL, NULL);
}
static int nearly_all(int n) { return n >= kMany * 9 / 10 && n <= kMany; }
static void collect_twice(void) {
  clear_stack();
  GC_gcollect();
  clear_stack();
  GC_gcollect();
}

static void finalizers_run(void) {
  ran = 0;
  arm_many(count);
  collect_twice();
  CHECK(nearly_all(ran));
  ran = 0;
  arm_many(count);
  for (int i = 0; i < 20; ++i) list_of(50000); /* by collections that the heap starts itself */
  CHECK(nearly_all(ran));
  ran = 0;
  arm_many(nested);
  collect_twice();
  CHECK(nearly_all(ran));
}

static NOINLINE void arm_and_take_back(void) {
  GC_finalization_proc old = NULL;
  void* data = NULL;
  cell* const object = cons(NULL, 5);
  GC_REGISTER_FINALIZER(object, count, (void*)5, &old, &data);
  CHECK(old == NULL && data == NULL);
  GC_REGISTER_FINALIZER_NO_ORDER(object, revive, (void*)6, &old, &data);
  CHECK(old == count && data == (void*)5);
  GC_REGISTER_FINALIZER(object, NULL, NULL, &old, &data);
  CHECK(old == revive && data == (void*)6);
  GC_REGISTER_FINALIZER(object, NULL, NULL, &old, &data);
  CHECK(old == NULL && data == NULL);
  GC_REGISTER_FINALIZER(&ran, count, NULL, &old, &data); /* is no object */
  GC_REGISTER_FINALIZER(&object->value, count, NULL, &old, &data);
}
static void finalizers_are_replaced_and_taken_back(void) {
  ran = 0;
  arm_and_take_back();
  collect_twice();
  CHECK(ran == 0);
}

static NOINLINE void make_circles(void (*arm)(void*, GC_finalization_proc, void*, GC_finalization_proc*, void**)) {
  for (long i = 0; i < kMany / 2; ++i) {
    cell* const a = cons(NULL, i);
    a->next = cons(a, i);
    arm(a, count, (void*)(intptr_t)i, NULL, NULL);
    arm(a->next, count, (void*)(intptr_t)i, NULL, NULL);
  }
}
static NOINLINE void make_chains(void) {
  for (long i = 0; i < kMany / 4; ++i) {
    cell* chain = NULL;
    for (int k = 0; k < 4; ++k) {
      chain = cons(chain, i);
      GC_REGISTER_FINALIZER(chain, in_order, (void*)(intptr_t)i, NULL, NULL);
    }
  }
}
static NOINLINE void make_selves(void) {
  for (long i = 0; i < kMany; ++i) {
    cell* const self = cons(NULL, i);
    self->next = self;
    GC_REGISTER_FINALIZER_IGNORE_SELF(self, count, (void*)(intptr_t)i, NULL, NULL);
  }
}
static void orders(void) {
  ran = 0;
  make_circles(GC_register_finalizer);
  collect_twice();
  CHECK(ran == 0);
  make_circles(GC_register_finalizer_no_order);
  collect_twice();
  CHECK(nearly_all(ran));
  ran = 0;
  make_selves();
  collect_twice();
  CHECK(nearly_all(ran));
  ran = 0;
  order_is_right = 1;
  make_chains();
  for (int i = 0; i < 5; ++i) collect_twice();
  CHECK(nearly_all(ran));
  CHECK(order_is_right);
}

static int notified;
static void notify(void) { ++notified; }
static NOINLINE void arm_a_reviver(void) { GC_REGISTER_FINALIZER(list_of(10), revive, NULL, NULL, NULL); }
static void on_demand_and_back_again(void) {
  ran = 0;
  GC_set_finalize_on_demand(1);
  GC_set_finalizer_notifier(notify);
  arm_many(count);
  collect_twice();
  CHECK(ran == 0 && notified >= 1 && GC_should_invoke_finalizers());
  CHECK(GC_invoke_finalizers() == ran && nearly_all(ran) && !GC_should_invoke_finalizers());
  GC_set_finalizer_notifier(NULL);
  GC_set_finalize_on_demand(0);
  for (int i = 0; i < 20 && revived == NULL; ++i) {
    arm_a_reviver();
    collect_twice();
  }
  GC_gcollect();
  list_of(10000);
  CHECK(length_of(revived) == 10);
  revived = NULL;
  ran = 0;
  cell* const alive = cons(NULL, 77);
  GC_REGISTER_FINALIZER(alive, count, (void*)77, NULL, NULL);
  GC_finalize_all();
  CHECK(ran >= 1 && alive->value == 77);
}

/* ---- Links ---- */

static void* places[3][kMany];
static NOINLINE void link_many(void) {
  for (long i = 0; i < kMany; ++i) {
    cell* const object = cons(NULL, i);
    for (int k = 0; k < 3; ++k) places[k][i] = (void*)GC_HIDE_POINTER(object);
    CHECK(GC_general_register_disappearing_link(&places[0][i], object) == GC_SUCCESS);
    CHECK(GC_REGISTER_LONG_LINK(&places[1][i], object) == GC_SUCCESS);
    if (i % 2 == 0) GC_REGISTER_FINALIZER(object, revive, NULL, NULL, NULL);
  }
}
static int cleared(void** links, int step) {
  int gone = 0;
  for (int i = 0; i < kMany; i += step) gone += links[i] == NULL;
  return gone;
}
static void links_are_cleared(void) {
  GC_set_finalize_on_demand(1);
  link_many();
  cell* const alive = cons(NULL, 1);
  void* link = (void*)GC_HIDE_POINTER(alive);
  void* other = NULL;
  CHECK(GC_general_register_disappearing_link(&link, alive) == GC_SUCCESS);
  CHECK(GC_general_register_disappearing_link(&link, alive) == GC_DUPLICATE);
  CHECK(GC_move_disappearing_link(&other, &link) == GC_NOT_FOUND);
  CHECK(GC_move_disappearing_link(&link, &link) == GC_SUCCESS);
  other = link;
  CHECK(GC_move_disappearing_link(&link, &other) == GC_SUCCESS);
  CHECK(GC_unregister_disappearing_link(&link) == 0);
  collect_twice();
  CHECK(link != NULL && other != NULL);
  CHECK(nearly_all(cleared(places[0], 1)));
  /* Half of the objects wait for their finalizers: their long links remain. */
  const int gone = cleared(places[1], 1), armed_gone = cleared(places[1], 2);
  CHECK(gone >= kMany / 2 * 9 / 10 && armed_gone == 0);
  GC_invoke_finalizers();
  revived = NULL;
  collect_twice();
  CHECK(nearly_all(cleared(places[1], 1)));
  CHECK(cleared(places[2], 1) == 0);
  CHECK(GC_unregister_disappearing_link(&other) == 1);
  GC_set_finalize_on_demand(0);
  GC_reachable_here(alive);
}

/* A link inside an object ends with it: nothing is written into what lies there later. */
static NOINLINE void link_inside(void) {
  for (int i = 0; i < kMany; ++i) {
    void** const holder = GC_MALLOC_ATOMIC(64);
    cell* const object = cons(NULL, i);
    holder[1] = object;
    CHECK(GC_register_disappearing_link(&holder[1]) == GC_SUCCESS);
  }
}
static void links_in_dead_objects_are_forgotten(void) {
  void** blocks[kMany];
  int intact = 1;
  link_inside();
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < kMany; ++i) {
      blocks[i] = GC_MALLOC_ATOMIC(64);
      for (int k = 0; k < 64 / (int)sizeof(void*); ++k) blocks[i][k] = &blocks;
    }
    list_of(20000);
    for (int i = 0; i < kMany; ++i)
      for (int k = 0; k < 64 / (int)sizeof(void*); ++k) intact = intact && blocks[i][k] == (void*)&blocks;
  }
  CHECK(intact);
}

static GC_ToggleRefStatus wanted = GC_TOGGLE_REF_STRONG;
static GC_ToggleRefStatus toggle(void* object) {
  (void)object;
  return wanted;
}
static NOINLINE void toggle_many(uintptr_t* hidden) {
  for (int i = 0; i < kMany; ++i) {
    cell* const object = cons(NULL, i);
    hidden[i] = GC_HIDE_POINTER(object);
    CHECK(GC_toggleref_add(object, i % 2) == GC_SUCCESS);
  }
}
static int still_there(const uintptr_t* hidden) {
  int there = 0;
  for (int i = 0; i < kMany; ++i) there += GC_base(GC_REVEAL_POINTER(hidden[i])) != NULL;
  return there;
}
static void references_are_toggled(void) {
  uintptr_t hidden[kMany];
  GC_set_toggleref_func(toggle);
  toggle_many(hidden);
  collect_twice();
  CHECK(still_there(hidden) == kMany);
  wanted = GC_TOGGLE_REF_WEAK;
  collect_twice();
  CHECK(still_there(hidden) < kMany / 10);
  GC_set_toggleref_func(NULL);
}

/* What is freed by hand takes its finalizer and its links with it, and its memory may be anybody's. */
static void freed_objects_are_forgotten(void) {
  void* link = NULL;
  int intact = 1;
  ran = 0;
  for (int i = 0; i < kMany; ++i) {
    cell* const object = cons(NULL, i);
    void** const holder = GC_MALLOC_ATOMIC(sizeof(cell));
    GC_REGISTER_FINALIZER(object, count, (void*)(intptr_t)i, NULL, NULL);
    link = (void*)GC_HIDE_POINTER(object);
    holder[1] = link;
    CHECK(GC_general_register_disappearing_link(&link, object) == GC_SUCCESS);
    CHECK(GC_register_long_link(&holder[1], object) == GC_SUCCESS);
    if (i % 2 == 0) GC_FREE(holder);
    GC_FREE(object);
    CHECK(link == NULL && (i % 2 == 0 || holder[1] == NULL));
    CHECK(GC_unregister_disappearing_link(&link) == 0);
    cell* const other = cons(NULL, i); /* mostly where the first one was */
    other->next = other;
    list_of(100);
    intact = intact && other->next == other && other->value == i;
  }
  collect_twice();
  CHECK(intact && ran == 0);
}

int main(void) {
  GC_INIT();
  finalizers_run();
  finalizers_are_replaced_and_taken_back();
  orders();
  on_demand_and_back_again();
  links_are_cleared();
  links_in_dead_objects_are_forgotten();
  references_are_toggled();
  freed_objects_are_forgotten();
  return closing_line();
}
