/* reader.h -- from the text of a configuration file to filled settings.
 *
 * Walks the tree of the file beside the table of settings: what the table does
 * not know is complained of, what the file does not say gets its default.
 *
 * Threads  one owner.
 */
#pragma once
#include "config/complaints.h"
#include "config/config.h"

/* Which line a field was written on, by the field's address; for what was left
 * out, the line of the mapping around it. */
typedef struct Lines Lines;
void lines_free(Lines *lines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lines, lines_free)
guint lines_of(const Lines *lines, gconstpointer field, gconstpointer fields);

/* Fill an empty Config from a text and note every complaint.  Where a value did
 * not fit, the field holds its default; the caller owns the Lines. */
Lines *reader_fill(Config *config, const char *text, gsize length, Complaints *complaints);
