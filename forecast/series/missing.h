/* missing.h -- the one way to say "not known".
 *
 * A missing value is a NaN of type double.  Test with isnan(); never compare.
 */
#pragma once
#include <math.h>

#define MISSING ((double)NAN)
