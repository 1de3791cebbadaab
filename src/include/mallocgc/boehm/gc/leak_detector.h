/* The same under the name that Boehm's installation also has. Door: ../leak_detector.h. */
#include "../leak_detector.h"
