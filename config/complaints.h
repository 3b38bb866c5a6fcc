/* complaints.h -- all that is wrong with one configuration file, a line each.
 *
 * "FILE:LINE: KEY: seen VALUE, wanted WANTED; REMEDY", in the order of the file,
 * so that an operator mends everything in one go.
 *
 * Threads  one owner.
 */
#pragma once
#include <glib.h>

typedef struct Complaints Complaints;

/* The caller owns it: end with complaints_free(). */
Complaints *complaints_new(const char *file);
void complaints_free(Complaints *complaints);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Complaints, complaints_free)

/* Add one.  `seen`, `wanted` and `remedy` are parts of the sentence above. */
void complaints_add(Complaints *complaints, guint line, const char *key, const char *seen, const char *wanted, const char *remedy);

gsize complaints_count(const Complaints *complaints);

/* Is anything on this line complained of already? */
gboolean complaints_about(const Complaints *complaints, guint line);

/* All lines, no line feed at the end; after 100 of them the rest is only
 * counted.  The caller frees it. */
char *complaints_text(const Complaints *complaints);

/* A value as messages show it: in double quotes, control characters escaped,
 * cut after 60 characters.  The caller frees it. */
char *complaints_quote(const char *value);
