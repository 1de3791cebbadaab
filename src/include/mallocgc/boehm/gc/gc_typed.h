/* The same under the name that Boehm's installation also has. Door: ../gc_typed.h. */
#include "../gc_typed.h"
