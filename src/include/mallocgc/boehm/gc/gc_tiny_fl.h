/* The same under the name that Boehm's installation also has. Door: ../gc_tiny_fl.h. */
#include "../gc_tiny_fl.h"
