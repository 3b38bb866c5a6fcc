/* value.h -- one value of the configuration: from its text into its field, and back.
 *
 * Units    see setting.h.
 * Threads  pure, but zones and holidays are looked up on the disk.
 */
#pragma once
#include "config/setting.h"

/* What was wanted instead, and what to do, when a value does not fit. */
typedef struct {
    char *wanted, *remedy; /* owned */
} ValueFault;
void value_fault_clear(ValueFault *fault);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ValueFault, value_fault_clear)

/* Read a text into the row's field of `fields` (the section's struct), replacing
 * what is there.  FALSE with *fault filled; then the field is as before.  For a
 * list `item` is its next item. */
gboolean value_read(const Setting *row, const char *text, gpointer fields, ValueFault *fault) G_GNUC_WARN_UNUSED_RESULT;
gboolean value_read_item(const Setting *row, const char *text, GPtrArray *item, ValueFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/* Put the row's default into its field; a row without one is left alone. */
void value_read_standard(const Setting *row, gpointer fields);

/* The field as text, items of a list apart by a line feed; NULL for a text that is
 * not given.  The caller frees it. */
char *value_print(const Setting *row, gconstpointer fields);

/* "a duration from 5s to 1d": what the row wants, for messages and manuals.  The caller frees it. */
char *value_wanted(const Setting *row);

/* May a message show what was written in place of this value?  Not where a secret could stand by mistake. */
gboolean value_is_shown(const Setting *row);
