#include "connectors/wire/pg.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* What is read as an instant is printed and read back as the same one. */
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    gint64 instant = 0, back = 0;
    char printed[PG_INSTANT_BYTES];
    if (!pg_read_instant(text, &instant))
        return 0;
    /* An offset may push the ends of the calendar out of it; these are printed as the nearest instant inside. */
    gboolean inside = instant >= G_GINT64_CONSTANT(-62135596800000000) && instant < G_GINT64_CONSTANT(253402300800000000);
    g_assert(pg_read_instant(pg_instant(instant, printed), &back));
    g_assert(back == instant || !inside);
    return 0;
}
