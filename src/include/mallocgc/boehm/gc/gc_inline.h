/* The same under the name that Boehm's installation also has. Door: ../gc_inline.h. */
#include "../gc_inline.h"
