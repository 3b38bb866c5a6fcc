/* journal.h -- how a hospital's own tables would tell of a simulated hospital.
 *
 * What happened is written down a little later, sometimes much later, sometimes
 * wrongly and put right afterwards, as it is in life.  One CSV file per table of
 * sql/samples/general.sql, and truth.csv, which no hospital has.
 *
 * Units    times are written in UTC, "2018-03-25T06:00:00Z".
 * Threads  pure, but for writing files.
 */
#pragma once
#include "daemon/demo/hospital.h"

/* Write all files into `folder`, which must exist.  A file is replaced whole or
 * not at all; the error names it. */
gboolean journal_write(const Hospital *hospital, const HospitalInput *input, const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
