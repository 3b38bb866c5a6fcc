/* fuzz_csv_series.c -- any bytes as a file of series: refused with words, or read into sane series. */
#include "connectors/in/csv_series.h"

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

static void check(const Series *series)
{
    g_assert_true(series->id[0] != '\0' && series->length > 0);
    g_assert_true(series->covariates == 0 || series->cover >= series->length);
    g_assert_true(series->exposure > 0);
    for (gsize t = 0; t < series->length; t++) {
        g_assert_false(isinf(series->value[t]));
        g_assert_true(!series->counts || isnan(series->value[t]) || (series->value[t] >= 0 && series->value[t] == floor(series->value[t])));
    }
}

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
    static Calendar *calendar;
    if (calendar == NULL)
        calendar = calendar_new("America/New_York", NULL, NULL);
    for (int round = 0; round < 2; round++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GInputStream) stream = g_memory_input_stream_new_from_data(data, (gssize)size, NULL);
        g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GPtrArray) all = csv_series_read_stream(stream, "fuzz", round ? calendar : NULL, round ? "population" : NULL, notes, &error);
        g_assert_true((all == NULL) == (error != NULL));
        for (guint k = 0; all != NULL && k < all->len; k++)
            check(g_ptr_array_index(all, k));
    }
    return 0;
}
