/* The same under the name that Boehm's installation also has. Door: ../gc_disclaim.h. */
#include "../gc_disclaim.h"
