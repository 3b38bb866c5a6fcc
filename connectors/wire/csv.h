/* csv.h -- tables as text: read them in a stream, write them whole or not at all.
 *
 * The only user of libcsv.  Reading takes RFC 4180 (either line end, quotes
 * where needed, a leading byte order mark), plain or gzip'd, and hands over row
 * by row, so that a file may be larger than memory.  Writing goes to a temporary
 * file beside the target, which replaces it only when all of it is on disk; a
 * link stays, and a pipe or a device (/dev/null) is written to, never replaced.
 *
 * Missing  an empty cell is "".
 * Errors   CSV_ERROR_FILE    cannot be opened, read, unpacked or written
 *          CSV_ERROR_FORMAT  not CSV: a quote that never ends, a NUL byte; names the line
 *          CSV_ERROR_LARGE   a row beyond CSV_MOST_CELLS cells or CSV_MOST_BYTES bytes
 * Threads  one owner each.
 */
#pragma once
#include <gio/gio.h>

enum { CSV_MOST_CELLS = 4096, CSV_MOST_BYTES = 1 << 20 };

#define CSV_ERROR (csv_error_quark())
GQuark csv_error_quark(void);
typedef enum { CSV_ERROR_FILE, CSV_ERROR_FORMAT, CSV_ERROR_LARGE } CsvError;

/* One row: cell[cells] and a NULL behind, borrowed for the call.  `line` is the line of the file
 * on which it begins, from 1.  FALSE (with the error set) stops the reading. */
typedef gboolean (*CsvTake)(void *self, guint64 line, const char *const *cell, gsize cells, GError **error);

/* Read a file ("-": standard input) or a stream; `name` is used in messages.
 * gzip is recognised by its first bytes.  Empty lines are skipped. */
gboolean csv_read_file(const char *path, CsvTake take, void *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean csv_read_stream(GInputStream *stream, const char *name, CsvTake take, void *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* FALSE for "-", a pipe or a device: those can be read only once, and what was written to them stays written. */
gboolean csv_is_plain(const char *path);

typedef struct CsvWriter CsvWriter;

/* Begin a file ("-": standard output).  The caller owns the writer; freeing it
 * without an end leaves an earlier file as it was. */
CsvWriter *csv_writer_new(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void csv_writer_free(CsvWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CsvWriter, csv_writer_free)

/* One row of cells; NULL is an empty cell. */
gboolean csv_writer_row(CsvWriter *writer, const char *const *cell, gsize cells, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All rows are there: put them on disk under the file's name. */
gboolean csv_writer_end(CsvWriter *writer, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Write a table that is text already, in the same way. */
gboolean csv_write_text(const char *path, const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
