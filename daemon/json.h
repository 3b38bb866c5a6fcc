/* json.h -- a few words of JSON for programs that ask with --json.
 *
 * Missing  a NULL text and a MISSING number are null.
 * Source   RFC 8259.
 * Threads  pure.
 */
#pragma once
#include <glib.h>

/* Append a string in quotes; bytes that are not UTF-8 are replaced. */
void json_text(GString *json, const char *text);

/* Append a number that reads back as the same double. */
void json_number(GString *json, double number);

/* Append "key": */
void json_key(GString *json, const char *key);
