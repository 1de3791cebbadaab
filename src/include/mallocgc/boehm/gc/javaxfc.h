/* The same under the name that Boehm's installation also has. Door: ../javaxfc.h. */
#include "../javaxfc.h"
