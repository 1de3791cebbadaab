/* Finalizers for Java: GC_finalize_all. Door: gc.h, which declares it. */
#include "gc.h"
