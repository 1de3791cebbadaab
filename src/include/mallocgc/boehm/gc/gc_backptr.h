/* The same under the name that Boehm's installation also has. Door: ../gc_backptr.h. */
#include "../gc_backptr.h"
