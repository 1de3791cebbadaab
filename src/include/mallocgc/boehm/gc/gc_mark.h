/* The same under the name that Boehm's installation also has. Door: ../gc_mark.h. */
#include "../gc_mark.h"
