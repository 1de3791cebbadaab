/* The same under the name that Boehm's installation also has. Door: ../gc.h. */
#include "../gc.h"
