/* document.h -- the table of settings, written out for people.
 *
 * Threads  pure.
 */
#pragma once
#include <glib.h>

/* "text", "man" or "yaml" as config_document() says; NULL for anything else.
 * The caller frees it. */
char *document_new(const char *format);
