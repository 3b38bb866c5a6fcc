#include "tests/unit/in/store.h"

#include <string.h>

Store *store_new(void)
{
    Store *store = g_new0(Store, 1);
    store->kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    store->open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    store->complaints = g_ptr_array_new_with_free_func(g_free);
    store->watermark = INSTANT_NONE;
    return store;
}

void store_free(Store *store)
{
    g_hash_table_unref(store->kept);
    g_hash_table_unref(store->open);
    g_ptr_array_unref(store->complaints);
    g_free(store);
}

static char *text_of(const Observation *row)
{
    const FeedShape *shape = &feed_shape[row->feed];
    GString *text = g_string_new(shape->name);
    for (gsize c = 0; c < shape->columns; c++) {
        const Cell *cell = &row->cell[c];
        if (shape->column[c].type == CELL_TEXT)
            g_string_append_printf(text, "|%s", cell->text);
        else if (shape->column[c].type == CELL_TIME)
            g_string_append_printf(text, "|%" G_GINT64_FORMAT, cell->time);
        else
            g_string_append_printf(text, "|%g", cell->number);
    }
    return g_string_free(text, FALSE);
}

static gboolean keep(void *self, Observation *row, const char *complaint, GError **error)
{
    Store *store = self;
    if (++store->seen == store->fail_at) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "the disk is full");
        return FALSE;
    }
    if (complaint != NULL)
        g_ptr_array_add(store->complaints, g_strdup(complaint));
    else
        g_hash_table_add(store->open, text_of(row));
    return TRUE;
}

gboolean store_pull(Store *store, Source *source, const FeedSettings *feed, Instant until, SourcePull *pull, GError **error)
{
    g_hash_table_remove_all(store->open);
    if (!source_pull(source, feed, store->watermark, until, STORE_NOW, keep, store, pull, error))
        return FALSE;
    GHashTableIter each;
    gpointer row;
    g_hash_table_iter_init(&each, store->open);
    while (g_hash_table_iter_next(&each, &row, NULL))
        g_hash_table_add(store->kept, g_strdup(row));
    store->watermark = pull->watermark;
    return TRUE;
}

void store_must_pull(Store *store, Source *source, const FeedSettings *feed, Instant until, SourcePull *pull)
{
    g_autoptr(GError) error = NULL;
    gboolean done = store_pull(store, source, feed, until, pull, &error);
    g_assert_no_error(error);
    g_assert_true(done);
}

void store_must_fail(Source *source, const FeedSettings *feed, SourceError code, const char *words)
{
    g_autoptr(Store) store = store_new();
    g_autoptr(GError) error = NULL;
    SourcePull pull;
    g_assert_false(store_pull(store, source, feed, STORE_NOW, &pull, &error));
    g_test_message("%s", error->message);
    g_assert_error(error, SOURCE_ERROR, (int)code);
    g_assert_nonnull(strstr(error->message, words));
}
