#include "connectors/in/mapping.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* First byte: which feed; then one cell a line, "\N" for NULL.  Whatever comes,
 * numbers are finite or missing, and a stay id is empty, missing or a hash. */
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    static const guint8 key[32] = {1};
    static const guint fits[] = {[CELL_TEXT] = MAPPING_TEXT | MAPPING_PADDED, [CELL_TIME] = MAPPING_TIME, [CELL_NUMBER] = MAPPING_NUMBER};
    if (size == 0)
        return 0;
    Feed feed = (Feed)(data[0] % FEEDS);
    const FeedShape *shape = &feed_shape[feed];
    MappingColumn column[FEED_MAX_COLUMNS];
    const char *cell[FEED_MAX_COLUMNS] = {NULL};
    g_autofree char *text = g_strndup((const char *)data + 1, size - 1);
    g_auto(GStrv) line = g_strsplit(text, "\n", -1);
    gsize lines = g_strv_length(line);
    for (gsize c = 0; c < shape->columns; c++) {
        column[c] = (MappingColumn){shape->column[c].name, "any", fits[shape->column[c].type]};
        cell[c] = c < lines && !g_str_equal(line[c], "\\N") ? line[c] : NULL;
    }
    g_autoptr(Mapping) mapping = mapping_new(feed, column, shape->columns, NULL);
    g_assert(mapping != NULL);
    Observation row;
    g_free(mapping_row(mapping, cell, key, &row));
    for (gsize c = 0; c < shape->columns; c++) {
        g_assert(shape->column[c].type != CELL_NUMBER || !isinf(row.cell[c].number));
        if (g_str_equal(shape->column[c].name, "stay") && row.cell[c].text != NULL && *row.cell[c].text != '\0')
            g_assert(strlen(row.cell[c].text) == 32 && strspn(row.cell[c].text, "0123456789abcdef") == 32);
    }
    g_free(observation_complaint(&row, G_GINT64_CONSTANT(1795410000000000)));
    observation_clear(&row);
    return 0;
}
