/* The same under the name that Boehm's installation also has. Door: ../gc_allocator.h. */
#include "../gc_allocator.h"
