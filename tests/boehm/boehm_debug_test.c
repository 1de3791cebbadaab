/* A program gets Boehm's debugging names with GC_DEBUG. If it writes past an object's end, it is told, with the line
 * where the object was made, when the object is freed or moved, or at a collection. It is told of leaks where it looks
 * for them, and pointers that leave their object end the program. The program reads its own standard error output. It
 * ends with "N passed, N failed". */
#define _GNU_SOURCE
#define GC_DEBUG
#define GC_REQUIRE_WCSDUP
#include "cells.h"

#include <gc/gc_backptr.h>
#include <gc/leak_detector.h>
#include <setjmp.h>
#include <stdint.h>
#include <unistd.h>

static FILE* told;
static int console;

static void begin_listening(void) {
  told = tmpfile();
  fflush(stderr);
  console = dup(2);
  dup2(fileno(told), 2);
}
static const char* heard(void) {
  static char text[1 << 15];
  fflush(stderr);
  dup2(console, 2);
  close(console);
  rewind(told);
  text[fread(text, 1, sizeof text - 1, told)] = '\0';
  fclose(told);
  return text;
}
static int count(const char* text, const char* part) {
  int found = 0;
  for (const char* at = text; (at = strstr(at, part)) != NULL; ++at) ++found;
  return found;
}

static char* volatile victim;

static void what_is_intact_is_not_told_of(void) {
  begin_listening();
  cell* const list = list_of(1000);
  static char* texts[100];
  for (int i = 0; i < 100; ++i) {
    texts[i] = GC_MALLOC_ATOMIC((size_t)i + 1);
    memset(texts[i], i, (size_t)i + 1);
  }
  char* text = GC_STRDUP("some text");
  text = GC_REALLOC(text, 1000);
  CHECK(strcmp(text, "some text") == 0 && strcmp(GC_STRNDUP("abc", 2), "ab") == 0);
  CHECK(wcslen(GC_WCSDUP(L"wide")) == 4);
  memset(text, 1, 1000);
  GC_gcollect();
  CHECK(length_of(list) == 1000 && texts[99][99] == 99);
  for (int i = 0; i < 100; ++i) GC_FREE(texts[i]);
  memset(texts, 0, sizeof texts);
  void* const kept = GC_MALLOC_UNCOLLECTABLE(17);
  memset(kept, 2, 17);
  GC_gcollect();
  GC_FREE(kept);
  GC_FREE(GC_MALLOC_ATOMIC_UNCOLLECTABLE(3));
  GC_FREE(GC_MALLOC_IGNORE_OFF_PAGE(200000));
  GC_FREE(GC_MALLOC_ATOMIC_IGNORE_OFF_PAGE(200000));
  GC_FREE(GC_MALLOC_STUBBORN(8));
  GC_FREE(GC_debug_realloc_replacement(GC_debug_malloc_replacement(8), 80));
  GC_FREE(GC_REALLOC(NULL, 8));
  CHECK(GC_REALLOC(GC_MALLOC(8), 0) == NULL);
  for (size_t bytes = 1; bytes < 300000; bytes = bytes * 5 / 4 + 1) {
    void* const made = GC_MALLOC(bytes);
    memset(made, 3, bytes);
    GC_gcollect();
    GC_FREE(GC_REALLOC(made, bytes + 100));
  }
  CHECK(GC_base(text + 1000) == text);   /* the end is inside */
  victim = GC_MALLOC(sizeof(void*) + 1); /* the rest of the last word belongs to the object, as programs take it */
  for (size_t i = 0; i < 2 * sizeof(void*); ++i) {
    CHECK(victim[i] == 0);
    victim[i] = 1;
  }
  GC_gcollect();
  GC_FREE((void*)victim);
  CHECK(strcmp(heard(), "") == 0);
}

static void what_was_written_past_the_end_is_told(void) {
  static char place[300];
  for (size_t size = 1; size < 70; size += 4) {
    const int line = __LINE__ + 1;
    victim = GC_MALLOC(size);
    snprintf(place, sizeof place, "%zu bytes at %p, made at %s:%d, was written past its end, at byte %zu", size, victim,
             __FILE__, line, (size + sizeof(void*) - 1) / sizeof(void*) * sizeof(void*));
    const size_t end = (size + sizeof(void*) - 1) / sizeof(void*) * sizeof(void*);
    victim[end] = 1;
    begin_listening();
    GC_gcollect();
    GC_gcollect();
    CHECK(count(heard(), place) == 1); /* once */
    victim[end] = 1;
    begin_listening();
    char* const moved = GC_REALLOC((void*)victim, 500);
    CHECK(count(heard(), place) == 1);
    moved[504] = 1;
    begin_listening();
    GC_FREE(moved);
    CHECK(count(heard(), "500 bytes at ") == 1);
  }
  victim = GC_MALLOC_ATOMIC(10);
  memset((void*)victim, 0, GC_size((void*)victim));
  begin_listening();
  GC_gcollect();
  GC_gcollect();
  CHECK(count(heard(), "far past its end") == 1);
  victim = NULL;
}

/* Objects of both sorts may go to the functions of either. */
static void sorts_may_be_mixed(void) {
  begin_listening();
  char* plain = GC_malloc(20);
  plain[19] = 5;
  plain = GC_debug_realloc(plain, 300, __FILE__, __LINE__);
  CHECK(plain[19] == 5);
  GC_debug_free(plain);
  char* guarded = GC_debug_malloc(20, __FILE__, __LINE__);
  guarded[19] = 6;
  guarded = GC_realloc(guarded, 300);
  CHECK(guarded[19] == 6 && guarded[299] == 0);
  GC_free(guarded);
  CHECK(strcmp(heard(), "") == 0);
}

static int finalized;
static void on_death(void* object, void* data) { finalized += ((cell*)object)->value == 9 && data == &finalized; }
static NOINLINE void make_finalized(void) {
  for (int i = 0; i < 300; ++i) {
    cell* const made = cons(NULL, 9);
    switch (i % 4) {
      case 0:
        GC_REGISTER_FINALIZER(made, on_death, &finalized, NULL, NULL);
        break;
      case 1:
        GC_REGISTER_FINALIZER_IGNORE_SELF(made, on_death, &finalized, NULL, NULL);
        break;
      case 2:
        GC_REGISTER_FINALIZER_NO_ORDER(made, on_death, &finalized, NULL, NULL);
        break;
      default:
        GC_REGISTER_FINALIZER_UNREACHABLE(made, on_death, &finalized, NULL, NULL);
        break;
    }
  }
}
static void finalizers_run(void) {
  make_finalized();
  clear_stack();
  GC_gcollect();
  GC_gcollect();
  CHECK(finalized > 280);
}

static NOINLINE void leak_some(void) {
  for (int i = 0; i < 50; ++i) {
    char* const lost = malloc(33);
    char* const freed = calloc(2, 44);
    memset(lost, 1, 33);
    free(freed);
    free(realloc(strdup("a"), 100));
  }
}
static void leaks_are_told(void) {
  GC_set_find_leak(1);
  begin_listening();
  leak_some();
  clear_stack();
  CHECK_LEAKS();
  CHECK_LEAKS();
  const char* const text = heard();
  CHECK(count(text, "leaked: 33 bytes") > 40 && count(text, "leaked: 33 bytes") <= 50);
  CHECK(count(text, "leaked: 44") + count(text, "leaked: 88") + count(text, "leaked: 100") == 0);
  CHECK(count(text, __FILE__) > 40);
  GC_set_find_leak(0);
}

static jmp_buf out;
static void jump(void* p, void* q) {
  (void)p;
  (void)q;
  longjmp(out, 1);
}
static void pointers_stay_inside(void) {
  int* p = GC_MALLOC_ATOMIC(10 * sizeof(int));
  int* const first = p;
  CHECK(GC_PRE_INCR(p, 2) == first + 2 && GC_POST_INCR(p) == first + 2 && GC_POST_DECR(p) == first + 3);
  CHECK(GC_PTR_ADD(p, 3) == first + 5);
  GC_same_obj_print_proc = jump;
  volatile int left = 0;
  if (setjmp(out) == 0) {
    p = GC_PTR_ADD(p, 100000);
  } else {
    left = 1;
  }
  CHECK(left);
  GC_PTR_STORE_AND_DIRTY(&p, first);
  GC_CHANGE_STUBBORN(p);
  GC_END_STUBBORN_CHANGE(p);
  CHECK(p == first);
}

static void dumps_are_lines(void) {
  begin_listening();
  GC_dump();
  GC_dump_named("a name");
  GC_dump_regions();
  GC_dump_finalization();
  static cell* kept;
  kept = cons(NULL, 4);
  GC_print_backtrace(kept);
  GC_generate_random_backtrace();
  const char* const text = heard();
  CHECK(count(text, "collections") == 4 && count(text, "a name") == 1 && count(text, "reached from a root") >= 1);
}

int main(void) {
  GC_INIT();
  what_is_intact_is_not_told_of();
  what_was_written_past_the_end_is_told();
  sorts_may_be_mixed();
  finalizers_run();
  leaks_are_told();
  pointers_stay_inside();
  dumps_are_lines();
  return closing_line();
}
