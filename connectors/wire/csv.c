#include "connectors/wire/csv.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK(wardcast-csv-error-quark, csv_error)

enum { CHUNK = 64 * 1024 };

typedef struct {
    const char *name;
    CsvTake take;
    void *self;
    GError *error;
    GString *text;    /* the row's cells, each ended by NUL */
    GArray *offset;   /* gsize into text, per cell */
    GPtrArray *cell;
    guint64 line;     /* on which the row begins */
    guint64 newlines; /* seen since then */
    gboolean fresh;   /* the next byte begins a row */
} Reader;

static void set_format_error(Reader *reader, const char *what)
{
    if (reader->error == NULL)
        g_set_error(&reader->error, CSV_ERROR, CSV_ERROR_FORMAT, "%s:%" G_GUINT64_FORMAT ": %s", reader->name, reader->line, what);
}

static void take_cell(void *data, size_t bytes, void *self)
{
    Reader *reader = self;
    if (reader->error != NULL)
        return;
    if (reader->offset->len >= CSV_MOST_CELLS || reader->text->len + bytes >= CSV_MOST_BYTES) {
        g_set_error(&reader->error, CSV_ERROR, CSV_ERROR_LARGE, "%s:%" G_GUINT64_FORMAT ": the row has more than %d cells or %d bytes; is a quote missing?",
                    reader->name, reader->line, CSV_MOST_CELLS, CSV_MOST_BYTES);
        return;
    }
    if (bytes > 0 && memchr(data, 0, bytes) != NULL) {
        set_format_error(reader, "the row holds a NUL byte; wanted UTF-8 text");
        return;
    }
    for (size_t k = 0; k < bytes; k++)
        reader->newlines += ((const char *)data)[k] == '\n';
    g_array_append_val(reader->offset, reader->text->len);
    if (bytes > 0)
        g_string_append_len(reader->text, data, (gssize)bytes);
    g_string_append_c(reader->text, '\0');
}

static void hand_over(Reader *reader)
{
    gsize cells = reader->cell->len;
    g_ptr_array_add(reader->cell, NULL);
    if (!reader->take(reader->self, reader->line, (const char *const *)reader->cell->pdata, cells, &reader->error) && reader->error == NULL)
        set_format_error(reader, "the row was refused");
}

static void take_row(int end, void *self)
{
    Reader *reader = self;
    reader->fresh = TRUE;
    if (reader->error != NULL)
        return;
    gsize cells = reader->offset->len;
    if (cells > 0) {
        g_ptr_array_set_size(reader->cell, 0);
        for (gsize k = 0; k < cells; k++)
            g_ptr_array_add(reader->cell, reader->text->str + g_array_index(reader->offset, gsize, k));
        hand_over(reader);
    }
    g_string_truncate(reader->text, 0);
    g_array_set_size(reader->offset, 0);
    /* With CSV_REPALL_NL the two bytes of a CR LF end come one by one. */
    reader->line += reader->newlines + (end == '\n');
    reader->newlines = 0;
}

/* What spreadsheets call "Unicode text": two bytes a letter. */
static gboolean is_utf16(const guint8 *first, gsize have)
{
    return have >= 2 && (memcmp(first, "\xff\xfe", 2) == 0 || memcmp(first, "\xfe\xff", 2) == 0);
}

/* gzip is known by its magic bytes, a byte order mark is skipped. */
static GInputStream *open_plain(GInputStream *stream, const char *name, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(GInputStream) peek = g_buffered_input_stream_new_sized(stream, CHUNK);
    GBufferedInputStream *buffer = G_BUFFERED_INPUT_STREAM(peek);
    gsize have = 0;
    const guint8 *first = NULL;
    for (gssize got = 1; have < 3 && got > 0;) {
        got = g_buffered_input_stream_fill(buffer, -1, NULL, &cause);
        if (got < 0) {
            g_set_error(error, CSV_ERROR, CSV_ERROR_FILE, "%s: %s", name, cause->message);
            return NULL;
        }
        first = g_buffered_input_stream_peek_buffer(buffer, &have);
    }
    if (is_utf16(first, have)) {
        g_set_error(error, CSV_ERROR, CSV_ERROR_FORMAT, "%s:1: the text is UTF-16; save it as UTF-8", name);
        return NULL;
    }
    if (have >= 2 && first[0] == 0x1f && first[1] == 0x8b) {
        g_autoptr(GZlibDecompressor) gunzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
        g_autoptr(GInputStream) plain = g_converter_input_stream_new(peek, G_CONVERTER(gunzip));
        return g_buffered_input_stream_new_sized(plain, CHUNK);
    }
    return g_steal_pointer(&peek);
}

static gssize read_chunk(GInputStream *plain, const char *name, guint8 *chunk, GError **error)
{
    g_autoptr(GError) cause = NULL;
    gsize bytes = 0;
    if (!g_input_stream_read_all(plain, chunk, CHUNK, &bytes, NULL, &cause)) {
        gboolean packed = g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT) || g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
        g_set_error(error, CSV_ERROR, CSV_ERROR_FILE, "%s: %s%s", name, packed ? "the gzip data are damaged or cut off; fetch the file again: " : "", cause->message);
        return -1;
    }
    return (gssize)bytes;
}

/* Is a line nothing but cells and commas: no quotes, nothing to be trimmed, nothing strange? */
static gboolean is_simple(const guint8 *line, gsize bytes)
{
    gsize commas = 0;
    for (gsize k = 0; k < bytes; k++) {
        if (line[k] > ' ' && line[k] != '"') {
            commas += line[k] == ',';
            continue;
        }
        if (line[k] != ' ' || k == 0 || k + 1 == bytes || line[k - 1] == ',' || line[k + 1] == ',')
            return FALSE;
    }
    return bytes > 0 && commas < CSV_MOST_CELLS;
}

/* The cells of such a line where they stand, each comma becoming a NUL. */
static void take_simple(Reader *reader, guint8 *line, gsize bytes)
{
    char *at = (char *)line, *end = at + bytes;
    g_ptr_array_set_size(reader->cell, 0);
    *end = '\0';
    for (char *comma; (comma = memchr(at, ',', (gsize)(end - at))) != NULL; at = comma + 1) {
        *comma = '\0';
        g_ptr_array_add(reader->cell, at);
    }
    g_ptr_array_add(reader->cell, at);
    hand_over(reader);
    reader->line++;
}

/* The last byte by itself: only if it ends a row is the next one fresh. */
static gboolean parse_part(Reader *reader, struct csv_parser *parser, const guint8 *part, gsize bytes)
{
    gsize done = csv_parse(parser, part, bytes - 1, take_cell, take_row, reader);
    reader->fresh = FALSE;
    if (done == bytes - 1)
        done += csv_parse(parser, part + done, 1, take_cell, take_row, reader);
    if (done != bytes)
        set_format_error(reader, csv_strerror(csv_error(parser)));
    return reader->error == NULL;
}

/* Most lines of most files are simple: libcsv, which looks at every byte as if it
 * were the strangest, gets the others. */
static void parse_chunk(Reader *reader, struct csv_parser *parser, guint8 *chunk, gsize bytes)
{
    for (guint8 *at = chunk, *stop = chunk + bytes, *next; at < stop && reader->error == NULL; at = next) {
        guint8 *newline = memchr(at, '\n', (gsize)(stop - at));
        next = newline != NULL ? newline + 1 : stop;
        gsize length = newline != NULL ? (gsize)(newline - at) : 0;
        length -= length > 0 && at[length - 1] == '\r';
        if (newline != NULL && reader->fresh && is_simple(at, length))
            take_simple(reader, at, length);
        else if (!parse_part(reader, parser, at, (gsize)(next - at)))
            return;
    }
}

static gboolean parse_all(GInputStream *plain, Reader *reader, struct csv_parser *parser)
{
    g_autofree guint8 *chunk = g_malloc(CHUNK);
    gboolean first = TRUE;
    for (;;) {
        gssize bytes = read_chunk(plain, reader->name, chunk, &reader->error);
        if (bytes < 0)
            return FALSE;
        gsize skip = first && bytes >= 3 && memcmp(chunk, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        first = FALSE;
        gsize wanted = (gsize)bytes - skip;
        parse_chunk(reader, parser, chunk + skip, wanted);
        if (bytes == 0 && csv_fini(parser, take_cell, take_row, reader) != 0)
            set_format_error(reader, "a quote is opened and never closed");
        if (reader->error != NULL || bytes == 0)
            return reader->error == NULL;
    }
}

gboolean csv_read_stream(GInputStream *stream, const char *name, CsvTake take, void *self, GError **error)
{
    g_autoptr(GInputStream) plain = open_plain(stream, name, error);
    if (plain == NULL)
        return FALSE;
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
        g_error("libcsv does not start");
    Reader reader = {.name = name, .take = take, .self = self, .text = g_string_sized_new(256),
                     .offset = g_array_new(FALSE, FALSE, sizeof(gsize)), .cell = g_ptr_array_new(), .line = 1, .fresh = TRUE};
    gboolean fine = parse_all(plain, &reader, &parser);
    csv_free(&parser);
    g_string_free(reader.text, TRUE);
    g_array_unref(reader.offset);
    g_ptr_array_unref(reader.cell);
    if (!fine)
        g_propagate_error(error, reader.error);
    return fine;
}

gboolean csv_read_file(const char *path, CsvTake take, void *self, GError **error)
{
    gboolean standard = g_str_equal(path, "-");
    int file = standard ? STDIN_FILENO : g_open(path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0) {
        g_set_error(error, CSV_ERROR, CSV_ERROR_FILE, "%s: %s", path, g_strerror(errno));
        return FALSE;
    }
    struct stat about;
    if (fstat(file, &about) == 0 && S_ISDIR(about.st_mode)) {
        g_set_error(error, CSV_ERROR, CSV_ERROR_FILE, "%s: is a folder; wanted a CSV file", path);
        if (!standard)
            close(file);
        return FALSE;
    }
    g_autoptr(GInputStream) stream = g_unix_input_stream_new(file, !standard);
    return csv_read_stream(stream, standard ? "standard input" : path, take, self, error);
}

/* --- writing ---------------------------------------------------------------- */

struct CsvWriter {
    char *path;      /* NULL: standard output */
    char *temporary; /* NULL once it replaced the file, or where nothing is replaced */
    int file;
    GOutputStream *stream;
    GString *rows;   /* not yet written */
};

gboolean csv_is_plain(const char *path)
{
    struct stat about;
    return !g_str_equal(path, "-") && (stat(path, &about) != 0 || S_ISREG(about.st_mode) || S_ISDIR(about.st_mode));
}

static gboolean write_failed(const CsvWriter *writer, const char *what, GError **error)
{
    g_set_error(error, CSV_ERROR, CSV_ERROR_FILE, "%s: %s", writer->path ? writer->path : "standard output", what);
    return FALSE;
}

static gboolean open_target(CsvWriter *writer, const char *path, GError **error)
{
    writer->file = -1;
    char *real = realpath(path, NULL); /* a link stays, the file behind it is replaced */
    writer->path = g_strdup(real != NULL ? real : path);
    free(real);
    if (!csv_is_plain(path)) {
        writer->file = g_open(writer->path, O_WRONLY | O_CLOEXEC | O_NOCTTY, 0);
        return writer->file >= 0 || write_failed(writer, g_strerror(errno), error);
    }
    if (g_file_test(writer->path, G_FILE_TEST_IS_DIR))
        return write_failed(writer, "is a folder; wanted the name of a file", error);
    g_autofree char *pattern = g_strconcat(writer->path, ".XXXXXX", NULL);
    writer->file = g_mkstemp_full(pattern, O_WRONLY | O_CLOEXEC, 0644);
    if (writer->file < 0) {
        g_autofree char *why = g_strdup_printf("cannot be written: %s; name a file in a folder that is there and may be written to", g_strerror(errno));
        return write_failed(writer, why, error);
    }
    writer->temporary = g_steal_pointer(&pattern);
    return TRUE;
}

CsvWriter *csv_writer_new(const char *path, GError **error)
{
    g_autoptr(CsvWriter) writer = g_new0(CsvWriter, 1);
    writer->rows = g_string_sized_new(2 * CHUNK);
    writer->file = STDOUT_FILENO;
    if (!g_str_equal(path, "-") && !open_target(writer, path, error))
        return NULL;
    writer->stream = g_unix_output_stream_new(writer->file, FALSE);
    return g_steal_pointer(&writer);
}

void csv_writer_free(CsvWriter *writer)
{
    if (writer == NULL)
        return;
    g_clear_object(&writer->stream);
    if (writer->path != NULL && writer->file >= 0)
        close(writer->file);
    if (writer->temporary != NULL)
        g_unlink(writer->temporary);
    g_free(writer->temporary);
    g_free(writer->path);
    g_string_free(writer->rows, TRUE);
    g_free(writer);
}

static void append_cell(GString *row, const char *text)
{
    gsize length = 0;
    gboolean plain = TRUE;
    for (; text[length] != '\0'; length++)
        plain = plain && text[length] != ',' && text[length] != '"' && text[length] != '\r' && text[length] != '\n';
    /* Blanks at the ends would be trimmed by many readers, ours among them. */
    gboolean blank = length > 0 && (g_ascii_isspace(text[0]) || g_ascii_isspace(text[length - 1]));
    if (!blank && plain) {
        g_string_append_len(row, text, (gssize)length);
        return;
    }
    g_string_append_c(row, '"');
    for (; *text; text++) {
        if (*text == '"')
            g_string_append_c(row, '"');
        g_string_append_c(row, *text);
    }
    g_string_append_c(row, '"');
}

static gboolean write_out(CsvWriter *writer, GError **error)
{
    g_autoptr(GError) cause = NULL;
    if (!g_output_stream_write_all(writer->stream, writer->rows->str, writer->rows->len, NULL, NULL, &cause))
        return write_failed(writer, cause->message, error);
    g_string_truncate(writer->rows, 0);
    return TRUE;
}

gboolean csv_writer_row(CsvWriter *writer, const char *const *cell, gsize cells, GError **error)
{
    gsize before = writer->rows->len;
    for (gsize k = 0; k < cells; k++) {
        if (k > 0)
            g_string_append_c(writer->rows, ',');
        if (cell[k] != NULL)
            append_cell(writer->rows, cell[k]);
    }
    /* A row of one empty cell would be an empty line, which readers skip. */
    if (writer->rows->len == before)
        g_string_append(writer->rows, "\"\"");
    g_string_append_c(writer->rows, '\n');
    return writer->rows->len < CHUNK || write_out(writer, error);
}

static gboolean sync_folder(const CsvWriter *writer)
{
    g_autofree char *folder = g_path_get_dirname(writer->path);
    int open_folder = g_open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (open_folder < 0)
        return FALSE;
    gboolean synced = fsync(open_folder) == 0;
    close(open_folder);
    return synced;
}

gboolean csv_writer_end(CsvWriter *writer, GError **error)
{
    if (!write_out(writer, error))
        return FALSE;
    if (writer->temporary == NULL)
        return TRUE;
    if (fsync(writer->file) != 0)
        return write_failed(writer, g_strerror(errno), error);
    int closed = close(writer->file);
    writer->file = -1;
    if (closed != 0 || g_rename(writer->temporary, writer->path) != 0)
        return write_failed(writer, g_strerror(errno), error);
    g_clear_pointer(&writer->temporary, g_free);
    return sync_folder(writer) ? TRUE : write_failed(writer, g_strerror(errno), error);
}

gboolean csv_write_text(const char *path, const char *text, GError **error)
{
    g_autoptr(CsvWriter) writer = csv_writer_new(path, error);
    if (writer == NULL)
        return FALSE;
    g_string_append(writer->rows, text);
    return csv_writer_end(writer, error);
}
