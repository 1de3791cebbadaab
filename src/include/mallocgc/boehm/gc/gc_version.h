/* The same under the name that Boehm's installation also has. Door: ../gc_version.h. */
#include "../gc_version.h"
