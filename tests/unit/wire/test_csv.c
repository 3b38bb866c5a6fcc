#include "connectors/wire/csv.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Collects rows as "line:cell|cell". */
static gboolean collect(void *self, guint64 line, const char *const *cell, gsize cells, GError **error)
{
    GString *text = self;
    g_string_append_printf(text, "%" G_GUINT64_FORMAT ":", line);
    for (gsize k = 0; k < cells; k++)
        g_string_append_printf(text, "%s%s", k ? "|" : "", cell[k]);
    g_string_append_c(text, '\n');
    return TRUE;
}

static char *read_bytes(const void *bytes, gsize length, GError **error)
{
    g_autoptr(GInputStream) stream = g_memory_input_stream_new_from_data(bytes, (gssize)length, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    if (!csv_read_stream(stream, "test.csv", collect, text, error))
        return NULL;
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void assert_reads(const char *csv, const char *want)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *seen = read_bytes(csv, strlen(csv), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(seen, ==, want);
}

static void test_reads(void)
{
    assert_reads("a,b\n1,2\n", "1:a|b\n2:1|2\n");
    assert_reads("a,b\r\n1,\r\n,2", "1:a|b\n2:1|\n3:|2\n");
    assert_reads("\xef\xbb\xbf" "a,b\n", "1:a|b\n");
    assert_reads("a,\"b \"\"c\"\", d\"\n\n\n\"two\nlines\",x\ny,z\n", "1:a|b \"c\", d\n4:two\nlines|x\n6:y|z\n");
    assert_reads("", "");
    assert_reads("alone", "1:alone\n");
}

static void put_line(GString *text)
{
    static const char *const piece[] = {",", ",", "a", "bc", "7.25", "d e", "\xc3\xa9", "2025-07-04T13:00:00", "-", "\x7f"};
    g_string_append(text, "x");
    for (gint32 k = g_test_rand_int_range(0, 12); k > 0; k--)
        g_string_append(text, piece[g_test_rand_int_range(0, G_N_ELEMENTS(piece))]);
}

static void put_same(GString *one, GString *other, const char *text)
{
    g_string_append(one, text);
    g_string_append(other, text);
}

/* A blank before a line is trimmed; it makes libcsv read lines that would be taken as they stand. */
static void test_simple_lines(void)
{
    static const char *const end[] = {"\n", "\n", "\r\n", "\r", "\n\n"};
    for (int round = 0; round < 20; round++) {
        g_autoptr(GString) plain = g_string_new(NULL), blank = g_string_new(NULL), line = g_string_new(NULL);
        for (int k = 0; k < 4000; k++) {
            g_string_truncate(line, 0);
            put_line(line);
            g_string_append(plain, line->str);
            g_string_append_printf(blank, " %s", line->str);
            if (g_test_rand_int_range(0, 50) == 0)
                put_same(plain, blank, ",\"q \"\"\nr,\r\n\"");
            if (g_test_rand_int_range(0, 200) == 0)
                put_same(plain, blank, "\r\"s\n,\"");
            put_same(plain, blank, end[g_test_rand_int_range(0, G_N_ELEMENTS(end))]);
        }
        g_autoptr(GError) error = NULL;
        g_autofree char *one = read_bytes(plain->str, plain->len, &error);
        g_assert_no_error(error);
        g_autofree char *other = read_bytes(blank->str, blank->len, &error);
        g_assert_no_error(error);
        g_assert_true(g_str_equal(one, other));
    }
}

static void test_gzip(void)
{
    g_autoptr(GZlibCompressor) gzip = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1);
    g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
    g_autoptr(GOutputStream) packed = g_converter_output_stream_new(memory, G_CONVERTER(gzip));
    g_assert_true(g_output_stream_write_all(packed, "a,b\n1,2\n", 8, NULL, NULL, NULL));
    g_assert_true(g_output_stream_close(packed, NULL, NULL));
    g_autoptr(GBytes) bytes = g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(memory));
    g_autoptr(GError) error = NULL;
    gsize length;
    const void *data = g_bytes_get_data(bytes, &length);
    g_autofree char *seen = read_bytes(data, length, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(seen, ==, "1:a|b\n2:1|2\n");
    g_assert_null(read_bytes(data, length - 6, &error)); /* cut off */
    g_assert_error(error, CSV_ERROR, CSV_ERROR_FILE);
    g_assert_nonnull(strstr(error->message, "cut off; fetch the file again"));
}

static void test_refuses(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(read_bytes("a,b\n\"never ends,2\n3,4\n", 22, &error));
    g_assert_error(error, CSV_ERROR, CSV_ERROR_FORMAT);
    g_assert_true(g_str_has_prefix(error->message, "test.csv:2: "));
    g_clear_error(&error);
    g_assert_null(read_bytes("a\0b,c\n", 6, &error));
    g_assert_error(error, CSV_ERROR, CSV_ERROR_FORMAT);
    g_clear_error(&error);
    g_assert_null(read_bytes("\xff\xfe" "a\0,\0b\0\n\0", 10, &error));
    g_assert_error(error, CSV_ERROR, CSV_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, "UTF-16; save it as UTF-8"));
    g_clear_error(&error);
    g_autofree char *wide = g_strnfill(CSV_MOST_CELLS + 1, ',');
    g_assert_null(read_bytes(wide, strlen(wide), &error));
    g_assert_error(error, CSV_ERROR, CSV_ERROR_LARGE);
    g_clear_error(&error);
    g_assert_false(csv_read_file("/nonexistent/file.csv", collect, NULL, &error));
    g_assert_error(error, CSV_ERROR, CSV_ERROR_FILE);
}

static void write_rows(const char *path, gboolean end)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CsvWriter) writer = csv_writer_new(path, &error);
    g_assert_no_error(error);
    static const char *const row[][3] = {{"plain", NULL, " blank"}, {"a,b", "say \"x\"", "two\nlines"}};
    for (gsize k = 0; k < G_N_ELEMENTS(row); k++)
        g_assert_true(csv_writer_row(writer, row[k], 3, &error));
    if (end) {
        gboolean ended = csv_writer_end(writer, &error);
        g_assert_no_error(error);
        g_assert_true(ended);
    }
}

static void test_writes_whole_or_not(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("csv-XXXXXX", &error);
    g_assert_no_error(error);
    g_autofree char *path = g_build_filename(folder, "out.csv", NULL);
    g_assert_true(g_file_set_contents(path, "before\n", -1, NULL));
    g_autofree char *text = NULL;
    write_rows(path, FALSE);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "before\n");
    write_rows(path, TRUE);
    g_clear_pointer(&text, g_free);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "plain,,\" blank\"\n\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\n");
    g_autoptr(GString) back = g_string_new(NULL);
    g_assert_true(csv_read_file(path, collect, back, &error));
    g_assert_cmpstr(back->str, ==, "1:plain|| blank\n2:a,b|say \"x\"|two\nlines\n");
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0); /* nothing temporary is left */
    g_assert_null(csv_writer_new("/nonexistent/out.csv", &error));
    g_assert_error(error, CSV_ERROR, CSV_ERROR_FILE);
}

/* Were the pipe replaced by a file, so would be /dev/null when root names it. */
static void test_writes_through(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("csv-XXXXXX", &error), *pipe = g_build_filename(folder, "pipe", NULL);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    int reader = g_open(pipe, O_RDWR | O_NONBLOCK, 0);
    write_rows(pipe, TRUE);
    char seen[256] = "";
    gssize length = read(reader, seen, sizeof seen - 1);
    g_assert_cmpint(length, >, 0);
    g_assert_true(g_str_has_prefix(seen, "plain,,\" blank\"\n"));
    GStatBuf about;
    g_assert_cmpint(g_lstat(pipe, &about), ==, 0);
    g_assert_true(S_ISFIFO(about.st_mode));
    close(reader);
    g_assert_cmpint(g_unlink(pipe), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    if (!g_file_test("/dev/full", G_FILE_TEST_EXISTS))
        return;
    g_autoptr(CsvWriter) full = csv_writer_new("/dev/full", &error);
    static const char *const row[] = {"x"};
    g_assert_no_error(error);
    g_assert_true(csv_writer_row(full, row, 1, &error));
    g_assert_false(csv_writer_end(full, &error));
    g_assert_error(error, CSV_ERROR, CSV_ERROR_FILE);
    g_assert_cmpint(g_lstat("/dev/full", &about), ==, 0);
    g_assert_true(S_ISCHR(about.st_mode));
}

static void test_writes_behind_a_link(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("csv-XXXXXX", &error), *real = g_build_filename(folder, "real", NULL);
    g_autofree char *file = g_build_filename(real, "out.csv", NULL), *link = g_build_filename(folder, "link.csv", NULL), *text = NULL;
    g_assert_cmpint(g_mkdir(real, 0700), ==, 0);
    g_assert_true(g_file_set_contents(file, "before\n", -1, NULL));
    g_assert_cmpint(symlink("real/out.csv", link), ==, 0);
    write_rows(link, TRUE);
    g_assert_true(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_true(g_str_has_prefix(text, "plain,"));
    g_clear_pointer(&text, g_free);
    g_assert_true(csv_write_text(link, "after\n", &error));
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "after\n");
    g_assert_false(csv_write_text(real, "after\n", &error));
    g_assert_error(error, CSV_ERROR, CSV_ERROR_FILE);
    g_assert_cmpint(g_unlink(link), ==, 0);
    g_assert_cmpint(g_unlink(file), ==, 0);
    g_assert_cmpint(g_rmdir(real), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/csv/reads-rows-with-their-lines", test_reads);
    g_test_add_func("/wire/csv/simple-lines-are-read-as-all-others", test_simple_lines);
    g_test_add_func("/wire/csv/reads-gzip-and-notices-when-it-is-cut", test_gzip);
    g_test_add_func("/wire/csv/refuses-what-is-no-csv", test_refuses);
    g_test_add_func("/wire/csv/a-file-is-replaced-whole-or-not-at-all", test_writes_whole_or_not);
    g_test_add_func("/wire/csv/a-pipe-or-a-device-is-written-to-and-not-replaced", test_writes_through);
    g_test_add_func("/wire/csv/a-link-stays-and-the-file-behind-it-is-replaced", test_writes_behind_a_link);
    return g_test_run();
}
