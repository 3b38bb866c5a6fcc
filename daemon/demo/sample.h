/* sample.h -- the data of the sample hospitals: where they lie, and their columns by name.
 *
 * Errors   SAMPLE_ERROR_SHAPE: a column or a value that the file should have is
 *          not there; other errors as of csv.h.
 * Threads  one caller at a time.
 */
#pragma once
#include <gio/gio.h>

#define SAMPLE_ERROR (sample_error_quark())
GQuark sample_error_quark(void);
typedef enum { SAMPLE_ERROR_SHAPE, SAMPLE_ERROR_FOLDER } SampleError;

/* The folder of the sample data: $WARDCAST_SAMPLES, or the installed one.  The
 * caller frees it.  SAMPLE_ERROR_FOLDER: it is not there. */
char *sample_folder(GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sees the cells of one row, in the order of the columns asked for; "" = empty. */
typedef gboolean (*SampleTake)(void *self, const char *const *cell, GError **error);

/* Read a file row by row.  `columns` (NULL-terminated, at most 32) names the columns wanted. */
gboolean sample_read(const char *path, const char *const *columns, SampleTake take, void *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
