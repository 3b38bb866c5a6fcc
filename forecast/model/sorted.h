/* sorted.h -- thousands of numbers in ascending order, fast.
 *
 * Counting them by their bits, eleven at a time, takes a tenth of the time of
 * comparing them (D. E. Knuth (1998), The Art of Computer Programming 3, 5.2.5).
 *
 * Missing  no NaN; -0 stands before 0.
 * Threads  pure.
 */
#pragma once
#include <glib.h>

void sorted_put(double *value, gsize n);
