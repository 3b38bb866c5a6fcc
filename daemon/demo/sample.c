#include "daemon/demo/sample.h"

#include "connectors/wire/csv.h"

G_DEFINE_QUARK(sample-error-quark, sample_error)

enum { MOST_COLUMNS = 32 };

char *sample_folder(GError **error)
{
    const char *named = g_getenv("WARDCAST_SAMPLES");
    char *folder = named && *named ? g_strdup(named) : g_build_filename(PKGDATADIR, "samples", NULL);
    if (g_file_test(folder, G_FILE_TEST_IS_DIR))
        return folder;
    g_set_error(error, SAMPLE_ERROR, SAMPLE_ERROR_FOLDER, "there is no folder %s; install the program, or set WARDCAST_SAMPLES to the folder sql/samples of its source", folder);
    g_free(folder);
    return NULL;
}

typedef struct {
    const char *path;
    const char *const *columns;
    gsize wanted, cells; /* cells 0: the header is still to come */
    gsize place[MOST_COLUMNS];
    SampleTake take;
    void *self;
} Reading;

static gboolean find_columns(Reading *reading, const char *const *header, gsize cells, GError **error)
{
    for (gsize c = 0; c < reading->wanted; c++) {
        gsize k = 0;
        while (k < cells && !g_str_equal(header[k], reading->columns[c]))
            k++;
        if (k == cells) {
            g_set_error(error, SAMPLE_ERROR, SAMPLE_ERROR_SHAPE, "%s has no column %s", reading->path, reading->columns[c]);
            return FALSE;
        }
        reading->place[c] = k;
    }
    reading->cells = cells;
    return TRUE;
}

static gboolean take_row(void *self, guint64 line, const char *const *cell, gsize cells, GError **error)
{
    Reading *reading = self;
    if (reading->cells == 0)
        return find_columns(reading, cell, cells, error);
    if (cells != reading->cells) {
        g_set_error(error, SAMPLE_ERROR, SAMPLE_ERROR_SHAPE, "%s, line %" G_GUINT64_FORMAT ": %" G_GSIZE_FORMAT " cells, wanted %" G_GSIZE_FORMAT,
                    reading->path, line, cells, reading->cells);
        return FALSE;
    }
    const char *chosen[MOST_COLUMNS];
    for (gsize c = 0; c < reading->wanted; c++)
        chosen[c] = cell[reading->place[c]];
    if (reading->take(reading->self, chosen, error))
        return TRUE;
    g_prefix_error(error, "%s, line %" G_GUINT64_FORMAT ": ", reading->path, line);
    return FALSE;
}

gboolean sample_read(const char *path, const char *const *columns, SampleTake take, void *self, GError **error)
{
    Reading reading = {.path = path, .columns = columns, .wanted = g_strv_length((char **)columns), .take = take, .self = self};
    g_assert(reading.wanted <= MOST_COLUMNS);
    if (!csv_read_file(path, take_row, &reading, error))
        return FALSE;
    if (reading.cells > 0)
        return TRUE;
    g_set_error(error, SAMPLE_ERROR, SAMPLE_ERROR_SHAPE, "%s is empty", path);
    return FALSE;
}
