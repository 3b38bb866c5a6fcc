/* check.h -- do the settings fit each other?
 *
 * Names that refer to nothing, names used twice, times in the wrong order,
 * shifts that leave a gap: all that a single value cannot tell.
 *
 * Threads  one owner.
 */
#pragma once
#include "config/reader.h"

/* Complete what is derived from other settings (names, the report folder), then
 * note every complaint. */
void check_config(Config *config, const Lines *lines, Complaints *complaints);
