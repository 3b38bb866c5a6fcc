/* statement.h -- is this text one SELECT?
 *
 * An early, plain-spoken check of the queries an administrator writes, so that a
 * slip is told with its line.  It guards nothing by itself: queries run with a
 * read-only role inside BEGIN READ ONLY, one statement per call.
 *
 * Source   PostgreSQL documentation, "Lexical Structure": quotes, dollar quotes,
 *          nested comments.
 * Threads  pure.
 */
#pragma once
#include <glib.h>

typedef enum {
    STATEMENT_GOOD,
    STATEMENT_EMPTY,     /* blanks and comments only */
    STATEMENT_VERB,      /* begins with something else than SELECT, WITH, VALUES or TABLE */
    STATEMENT_SEVERAL,   /* something follows a ';' */
    STATEMENT_OPEN,      /* a quote, comment or parenthesis is never closed */
    STATEMENT_PARAMETER  /* a parameter other than $1 and $2 */
} StatementVerdict;

/* *length is that of the statement without a ';' and blanks at its end. */
StatementVerdict statement_judge(const char *text, gsize *length);
