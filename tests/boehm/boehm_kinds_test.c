/* Boehm's gc_mark.h, gc_disclaim.h, gc_inline.h, gc_backptr.h and descriptors are used here. Kinds name their pointers
 * by length, bitmap, mark procedure or in the object; dead objects are asked about; the client has roots of its own and
 * looks at marks. The program ends with "N passed, N failed". */
#include "cells.h"

#include <gc/gc_backptr.h>
#include <gc/gc_disclaim.h>
#include <gc/gc_inline.h>
#include <gc/gc_mark.h>
#include <gc/gc_typed.h>
#include <stdint.h>
#include <string.h>

enum { kCount = 200 };

/* The objects are of one kind, and each has a fresh cell in one of its words. The checks count the cells that live
 * through a collection. Their addresses are hidden. */
static void* objects[kCount];
static GC_hidden_pointer cells[kCount];

static NOINLINE void fill(int kind, size_t words, size_t at, GC_word first) {
  for (int i = 0; i < kCount; ++i) {
    GC_word* const object = GC_generic_malloc(words * sizeof(GC_word), kind);
    cell* const made = cons(NULL, i + 1000);
    if (first != 0) object[0] = first;
    object[at] = (GC_word)made;
    cells[i] = GC_HIDE_POINTER(made);
    objects[i] = object;
  }
}
static NOINLINE int count_cells(void) {
  int count = 0;
  for (int i = 0; i < kCount; ++i) {
    cell* const each = GC_REVEAL_POINTER(cells[i]);
    count += GC_base(each) == each && each->value == i + 1000;
  }
  return count;
}
static NOINLINE int living(int kind, size_t words, size_t at, GC_word first) {
  fill(kind, words, at, first);
  clear_stack();
  GC_gcollect();
  return count_cells();
}
enum { kFew = kCount / 10 };

static void descriptors_name_the_pointers(void) {
  const GC_word highest = (GC_word)1 << (GC_WORDSZ - 1);
  const int length = (int)GC_new_kind(GC_new_free_list(), 2 * sizeof(GC_word) | GC_DS_LENGTH, 0, 1);
  const int adjusted = (int)GC_new_kind(GC_new_free_list(), GC_DS_LENGTH, 1, 1);
  const int none = (int)GC_new_kind(GC_new_free_list(), GC_DS_LENGTH, 0, 0);
  const int bitmap = (int)GC_new_kind(GC_new_free_list(), highest >> 2 | GC_DS_BITMAP, 0, 1);
  CHECK(living(length, 6, 1, 0) == kCount && living(length, 6, 2, 0) < kFew);
  CHECK(living(adjusted, 6, 0, 0) == kCount && living(adjusted, 6, 5, 0) == kCount);
  CHECK(living(none, 6, 0, 0) < kFew);
  CHECK(living(bitmap, 6, 2, 0) == kCount && living(bitmap, 6, 1, 0) < kFew && living(bitmap, 6, 3, 0) < kFew);
  /* The object is shorter than the descriptor says, so all of it is looked at. */
  CHECK(living(bitmap, 1, 0, 0) == kCount);
  size_t bytes = 0;
  CHECK(GC_get_kind_and_size(objects[0], &bytes) == bitmap && bytes >= sizeof(GC_word));
  CHECK(GC_get_kind_and_size(GC_MALLOC(10), NULL) == GC_I_NORMAL);
  CHECK(GC_get_kind_and_size(GC_MALLOC_ATOMIC(1000), NULL) == GC_I_PTRFREE);
}

/* ---- Mark procedures ---- */

static GC_word seen_env;
static long marked;

/* Word 2 holds a pointer, with its lowest bit set. */
static struct GC_ms_entry* mark_tagged(GC_word* object, struct GC_ms_entry* top, struct GC_ms_entry* limit,
                                       GC_word env) {
  seen_env = env;
  ++marked;
  return GC_MARK_AND_PUSH((void*)(object[2] & ~(GC_word)1), top, limit, (void**)&object[2]);
}
/* Word 1 holds a pointer, inverted, so that nobody else can find it. */
static struct GC_ms_entry* mark_hidden(GC_word* object, struct GC_ms_entry* top, struct GC_ms_entry* limit,
                                       GC_word env) {
  (void)env;
  return object[1] == 0 ? top : GC_MARK_AND_PUSH(GC_REVEAL_POINTER(object[1]), top, limit, (void**)&object[1]);
}

static NOINLINE int living_hidden(int kind) {
  fill(kind, 4, 1, 77);
  for (int i = 0; i < kCount; ++i) {
    GC_word* const object = objects[i];
    object[1] = ~object[1];
  }
  clear_stack();
  GC_gcollect();
  int untouched = 0;
  for (int i = 0; i < kCount; ++i) untouched += ((GC_word*)objects[i])[0] == 77;
  CHECK(untouched == kCount);
  return count_cells();
}

static void mark_procedures_are_asked(void) {
  const unsigned tagged = GC_new_proc(mark_tagged);
  const unsigned hidden = GC_new_proc(mark_hidden);
  CHECK(tagged >= GC_RESERVED_MARK_PROCS && hidden == tagged + 1);
  const int kind = (int)GC_new_kind(GC_new_free_list(), GC_MAKE_PROC(tagged, 5), 0, 1);
  fill(kind, 4, 2, 0);
  for (int i = 0; i < kCount; ++i) ((GC_word*)objects[i])[2] |= 1;
  clear_stack();
  GC_gcollect();
  CHECK(count_cells() == kCount && seen_env == 5 && marked >= kCount);
  CHECK(living(kind, 4, 1, 0) < kFew);
  CHECK(living_hidden((int)GC_new_kind(GC_new_free_list(), GC_MAKE_PROC(hidden, 0), 0, 1)) == kCount);
  CHECK(GC_mark_and_push(objects[0], NULL, NULL, NULL) == NULL); /* outside of a procedure: nothing */
}

/* The descriptor is in each object, or where its first word points to. */
static GC_word table[4];
static void descriptors_lie_in_objects(void) {
  const int own = (int)GC_new_kind(GC_new_free_list(), 0 | GC_DS_PER_OBJECT, 0, 1);
  CHECK(living(own, 5, 1, 2 * sizeof(GC_word)) == kCount && living(own, 5, 2, 2 * sizeof(GC_word)) < kFew);
  CHECK(living(own, 5, 1, 0) < kFew); /* none yet */
  /* The descriptor is at byte offset sizeof(GC_word) behind where the first word points. */
  const GC_word indirect = (GC_word) - (GC_signed_word)sizeof(GC_word) - (GC_INDIR_PER_OBJ_BIAS - GC_DS_PER_OBJECT);
  const int by_type = (int)GC_new_kind(GC_new_free_list(), indirect, 0, 1);
  table[1] = 3 * sizeof(GC_word);
  CHECK(living(by_type, 5, 2, (GC_word)&table[0]) == kCount && living(by_type, 5, 3, (GC_word)&table[0]) < kFew);
}

static void long_maps_and_short_ones_are_descriptors(void) {
  enum { kWords = 150 };
  GC_word map[kWords / GC_WORDSZ + 1] = {0};
  GC_set_bit(map, 0);
  GC_set_bit(map, kWords - 1);
  const GC_descr far = GC_make_descriptor(map, kWords);
  CHECK(far == GC_make_descriptor(map, kWords) && (far & GC_DS_TAGS) == GC_DS_PROC);
  const int kind = (int)GC_new_kind(GC_new_free_list(), far, 0, 1);
  CHECK(living(kind, kWords, kWords - 1, 0) == kCount && living(kind, kWords, kWords - 2, 0) < kFew);
  GC_word near = 2;
  CHECK((GC_make_descriptor(&near, 2) & GC_DS_TAGS) == GC_DS_BITMAP);
  near = 3;
  CHECK(GC_make_descriptor(&near, 2) == 2 * sizeof(GC_word));
  near = 0;
  CHECK(GC_make_descriptor(&near, 2) == 0);
  GC_word* const clear = GC_malloc_explicitly_typed(100 * sizeof(GC_word), 0);
  for (int i = 0; i < 100; ++i) CHECK(clear[i] == 0);
}

/* ---- Disclaim procedures ---- */

static int asked, kept, freed_before;
static int keep_odd(void* object) {
  const GC_word* const words = object;
  CHECK(!GC_is_marked(object));
  ++asked;
  kept += words[1] % 2 != 0;
  return words[1] % 2 != 0;
}
static int keep_by_mark(void* object) {
  GC_set_mark_bit(object);
  if (((GC_word*)object)[1] % 4 == 0) GC_clear_mark_bit(object);
  return 0;
}
static NOINLINE void make_and_drop(int kind) {
  for (int i = 0; i < kCount; ++i) {
    GC_word* const object = GC_malloc_kind(4 * sizeof(GC_word), kind);
    object[1] = (GC_word)i;
    cells[i] = GC_HIDE_POINTER(object);
  }
}
static int objects_left(void) {
  int left = 0;
  for (int i = 0; i < kCount; ++i) left += GC_base(GC_REVEAL_POINTER(cells[i])) != NULL;
  return left;
}
static void dead_objects_may_be_kept(void) {
  const int kind = (int)GC_new_kind(GC_new_free_list(), GC_DS_LENGTH, 1, 1);
  GC_register_disclaim_proc(kind, keep_odd, 0);
  make_and_drop(kind);
  clear_stack();
  GC_gcollect();
  GC_gcollect();
  CHECK(asked >= kCount + kCount / 2 - 2 * kFew && kept >= kCount / 2 - kFew);
  CHECK(objects_left() >= kCount / 2 && objects_left() < kCount / 2 + kFew);
  const int other = (int)GC_new_kind(GC_new_free_list(), GC_DS_LENGTH, 1, 1);
  GC_register_disclaim_proc(other, keep_by_mark, 0);
  make_and_drop(other);
  clear_stack();
  GC_gcollect();
  GC_gcollect();
  CHECK(objects_left() >= 3 * kCount / 4 && objects_left() < 3 * kCount / 4 + kFew);
}

/* Of two objects in order the one that points to the other is asked first. A finalizer runs before that. Freed objects
 * are not asked about. */
static int whole, broken, finalized;
static int check_next(void* object) {
  GC_word* const words = object;
  const GC_word* const next = (const GC_word*)words[2];
  if (next == NULL || next[1] == 42)
    ++whole;
  else
    ++broken;
  words[1] = 0;
  return 0;
}
static void count_finalized(void* object, void* data) {
  (void)data;
  finalized += ((GC_word*)object)[1] == 42;
}
static NOINLINE void make_chain(int kind) {
  GC_word* next = NULL;
  for (int i = 0; i < kCount; ++i) {
    GC_word* const object = GC_generic_malloc(3 * sizeof(GC_word), kind);
    object[1] = 42;
    object[2] = (GC_word)next;
    if (i % 2 != 0) GC_REGISTER_FINALIZER(object, count_finalized, NULL, NULL, NULL);
    next = object;
  }
}
static void procedures_run_in_order(void) {
  const int kind = (int)GC_new_kind(GC_new_free_list(), GC_DS_LENGTH, 1, 1);
  GC_register_disclaim_proc(kind, check_next, 1);
  for (int i = 0; i < 10; ++i) GC_FREE(GC_generic_malloc(3 * sizeof(GC_word), kind));
  make_chain(kind);
  clear_stack();
  for (int i = 0; i < 2 * kCount; ++i) GC_gcollect();
  CHECK(broken == 0 && whole >= kCount - kFew && finalized >= (kCount - kFew) / 2 && whole <= kCount);
}

static long closed;
static void close_object(void* object, void* data) {
  const unsigned char* const bytes = object;
  closed += *(long*)data;
  for (int i = 0; i < 40; ++i) freed_before += bytes[i] != 7;
}
static NOINLINE void make_finalized(void) {
  for (int i = 0; i < kCount; ++i) {
    struct GC_finalizer_closure* const closure = GC_NEW(struct GC_finalizer_closure);
    long* const one = GC_NEW(long);
    *one = 1;
    closure->proc = close_object;
    closure->cd = one;
    unsigned char* object = GC_finalized_malloc(i % 2 == 0 ? 40 : 10, closure);
    for (int k = 0; k < 10; ++k) CHECK(object[k] == 0);
    if (i % 2 != 0) object = GC_REALLOC(object, 40);
    memset(object, 7, 40);
  }
}
static void end_large(void* object, void* data) {
  size_t* const ended = data;
  *ended += ((unsigned char*)object)[0] == 1;
}
static NOINLINE void make_large(size_t* ended) {
  static struct GC_finalizer_closure closure;
  closure.proc = end_large;
  closure.cd = ended;
  for (size_t bytes = 1; bytes < 300000; bytes = bytes * 5 / 4 + 1)
    memset(GC_finalized_malloc(bytes, &closure), 1, bytes);
}
static void closures_run_once(void) {
  GC_init_finalized_malloc();
  size_t ended = 0;
  make_large(&ended);
  clear_stack();
  for (int i = 0; i < 3; ++i) GC_gcollect();
  CHECK(ended >= 40 && ended <= 52);
  make_finalized();
  clear_stack();
  for (int i = 0; i < 4; ++i) GC_gcollect();
  CHECK(closed >= kCount - kFew && closed <= kCount && freed_before == 0);
}

/* ---- Roots, marks, callbacks ---- */

static cell** hidden_roots; /* inverted */
static GC_push_other_roots_proc roots_before;
static int starts;
static void push_hidden(void) {
  char* const base = (char*)~(uintptr_t)hidden_roots;
  GC_push_all(base, base + kCount / 2 * sizeof(cell*));
  GC_push_conditional(base + kCount / 2 * sizeof(cell*), base + kCount * sizeof(cell*), 1);
  GC_push_all_eager(base, base);
  GC_push_finalizer_structures();
  roots_before();
}
static void on_start(void) { ++starts; }
static void roots_are_pushed(void) {
  cell** const outside = GC_malloc_atomic_uncollectable(kCount * sizeof(cell*));
  hidden_roots = (cell**)~(uintptr_t)outside;
  for (int i = 0; i < kCount; ++i) {
    outside[i] = cons(NULL, i + 1000);
    cells[i] = GC_HIDE_POINTER(outside[i]);
  }
  roots_before = GC_get_push_other_roots();
  CHECK(roots_before != NULL);
  GC_set_push_other_roots(push_hidden);
  GC_set_start_callback(on_start);
  CHECK(GC_get_start_callback() == on_start);
  clear_stack();
  GC_gcollect();
  CHECK(count_cells() == kCount && starts == 1);
  GC_set_push_other_roots(roots_before);
  GC_set_start_callback(NULL);
  clear_stack();
  GC_gcollect();
  CHECK(count_cells() < kFew && starts == 1);
  GC_push_all(outside, outside + 1); /* outside of the callback: nothing */
  CHECK(GC_is_tmp_root(&hidden_roots) == 0);
  GC_FREE(outside);
}

static void marks_are_those_of_the_last_collection(void) {
  cell* const made = cons(NULL, 1);
  CHECK(!GC_is_marked(made));
  GC_gcollect();
  CHECK(GC_is_marked(made) && !GC_is_marked(&starts));
  GC_clear_mark_bit(made);
  GC_set_mark_bit(made);
  CHECK(GC_is_marked(made) && made->value == 1);
}

/* ---- gc_inline.h ---- */

static void* free_lists[GC_TINY_FREELISTS];
static void words_and_conses(void) {
  GC_word* words;
  GC_MALLOC_WORDS(words, 5, free_lists);
  CHECK(words != NULL && GC_size(words) >= 6 * sizeof(GC_word) && words[4] == 0);
  GC_MALLOC_ATOMIC_WORDS(words, 3, free_lists);
  CHECK(words != NULL && GC_get_kind_and_size(words, NULL) == GC_I_PTRFREE);
  void** list = NULL;
  for (int i = 0; i < 1000; ++i) GC_CONS(list, GC_NEW(cell), list, free_lists);
  GC_gcollect();
  int length = 0;
  for (void** at = list; at != NULL; at = at[1]) length += GC_base(at[0]) == at[0];
  CHECK(length == 1000);
  int inits = 0;
  GC_FAST_MALLOC_GRANS(words, 3, free_lists, 0, GC_I_NORMAL, 0, ++inits);
  CHECK(inits == 1 && GC_size(words) >= 3 * GC_GRANULE_BYTES);
  void* many = NULL;
  GC_generic_malloc_many(3 * GC_GRANULE_BYTES, GC_I_PTRFREE, &many);
  CHECK(many != NULL && GC_NEXT(many) == NULL);
  CHECK(GC_generic_malloc_ignore_off_page(100000, GC_I_NORMAL) != NULL);
  void* const special = GC_generic_or_special_malloc(10, 2);
  void* const kept_one = GC_generic_malloc_uncollectable(10, GC_I_PTRFREE);
  CHECK(GC_base(special) == special && GC_base(kept_one) == kept_one);
  GC_FREE(special);
  GC_FREE(kept_one);
}

/* ---- gc_backptr.h ---- */

static void what_keeps_is_told(void) {
  static void* root;
  void** const holder = GC_MALLOC(4 * sizeof(void*));
  root = holder;
  holder[2] = GC_MALLOC_ATOMIC(10);
  void* base = NULL;
  size_t offset = 99;
  CHECK(length_of(list_of(10)) == 10);
  const GC_hidden_pointer inner = GC_HIDE_POINTER(holder[2]);
  clear_stack();
  CHECK(GC_get_back_ptr_info(root, &base, &offset) == GC_REFD_FROM_ROOT);
  const GC_ref_kind kind = GC_get_back_ptr_info(GC_REVEAL_POINTER(inner), &base, &offset);
  CHECK(kind == GC_REFD_FROM_ROOT || (kind == GC_REFD_FROM_HEAP && base == holder && offset == 2 * sizeof(void*)));
  CHECK(GC_get_back_ptr_info(&root, NULL, NULL) == GC_NO_SPACE);
  GC_gcollect();
  CHECK(GC_base(GC_generate_random_heap_address()) != NULL);
  CHECK(GC_is_marked(GC_base(GC_generate_random_valid_address())));
  root = NULL;
}

int main(void) {
  GC_INIT();
  descriptors_name_the_pointers();
  mark_procedures_are_asked();
  descriptors_lie_in_objects();
  long_maps_and_short_ones_are_descriptors();
  dead_objects_may_be_kept();
  procedures_run_in_order();
  closures_run_once();
  roots_are_pushed();
  marks_are_those_of_the_last_collection();
  words_and_conses();
  what_keeps_is_told();
  return closing_line();
}
