#include "forecast/model/release.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(Release) release = release_from_bytes(bytes, &error);
    g_assert((release == NULL) == (error != NULL));
    if (release == NULL)
        return 0;
    g_autoptr(GBytes) again = release_to_bytes(release);
    g_autoptr(Release) same = release_from_bytes(again, NULL);
    g_assert(same != NULL);
    return 0;
}
