/* A program of Boehm's collector, as it is found in the wild, has <gc.h>, a list that only a local holds, and a
 * finalizer. */
#include <gc.h>
#include <stdio.h>

typedef struct node {
  struct node* next;
  int value;
} node;

static int finalized;
static void finalize(void* object, void* data) {
  (void)object;
  finalized += *(int*)data;
}

int main(void) {
  static int one = 1;
  node* list = NULL;
  int i;
  GC_INIT();
  for (i = 0; i < 300000; ++i) {
    node* const made = GC_MALLOC(sizeof(node));
    if (made == NULL) return 1;
    made->next = i % 3 == 0 ? list : NULL;
    made->value = i;
    if (i % 3 == 0) list = made;
    if (i % 99 == 1) GC_REGISTER_FINALIZER(made, finalize, &one, NULL, NULL);
  }
  for (; list != NULL; list = list->next) {
    if (list->value != (i -= 3)) return 2;
  }
  if (i != 0) return 3;
  GC_gcollect();
  printf("%lu collections, %d of 3031 finalized\n", (unsigned long)GC_get_gc_no(), finalized);
  return finalized < 2900 || GC_get_gc_no() < 3 ? 4 : 0;
}
