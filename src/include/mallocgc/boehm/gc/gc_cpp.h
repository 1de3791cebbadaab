/* The same under the name that Boehm's installation also has. Door: ../gc_cpp.h. */
#include "../gc_cpp.h"
