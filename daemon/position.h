/* position.h -- what the plans of a group come to, in a few words.
 *
 * Of a group of many small facilities people speak of facilities, as the brief
 * does (brief_is_wide); of all others, of units.
 *
 * Missing  units without a known bed position, and shifts without a roster, are
 *          not counted; where there are none, nothing is said of them.
 * Threads  pure function.
 */
#pragma once
#include "daemon/planning.h"

/* Add to a line, each part after "; ". */
void position_tell(const Planning *planning, GString *line);
