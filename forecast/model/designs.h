/* designs.h -- regressions on the calendar that several series share.
 *
 * Ten thousand wards whose hours begin and end together look at one calendar: what
 * their regressions make of it, before any patient is counted, is the same for all.
 * A Designs keeps the newest few of these under a key that says all they depend on.
 *
 * Threads  may be asked from several threads at once; whoever does not find makes,
 *          and who makes the same at the same time makes the same numbers.
 */
#pragma once
#include "forecast/model/shrink.h"

typedef struct Designs Designs;

Designs *designs_new(void);
void designs_free(Designs *designs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Designs, designs_free)

/* One more owner of the design under that key; NULL: there is none (or designs is NULL). */
ShrinkDesign *designs_find(Designs *designs, GBytes *key);

/* Keep it under the key, unless it is larger than DESIGNS_MOST numbers or designs is
 * NULL; of more than DESIGNS_KEPT the one that was not found for longest is let go. */
enum { DESIGNS_KEPT = 4, DESIGNS_MOST = 1 << 20 };
void designs_keep(Designs *designs, GBytes *key, ShrinkDesign *design);
