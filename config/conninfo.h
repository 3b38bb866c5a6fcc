/* conninfo.h -- is this text a way to say where a PostgreSQL is, without its password?
 *
 * Both forms of libpq are known: "keyword=value ..." and "postgresql://...".
 * Only the form is read; the keywords themselves are the server library's matter.
 *
 * Source   PostgreSQL documentation, "Connection Strings".
 * Threads  pure.
 */
#pragma once
#include <glib.h>

typedef enum { CONNINFO_GOOD, CONNINFO_PASSWORD, CONNINFO_BROKEN } ConninfoVerdict;

ConninfoVerdict conninfo_judge(const char *text);
