#include "forecast/model/pretrained.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Whatever a file holds: networks that can be written again, or an error. */
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(Pretrained) pretrained = pretrained_from_bytes(bytes, &error);
    g_assert((pretrained == NULL) == (error != NULL));
    if (pretrained != NULL) {
        g_autoptr(GBytes) again = pretrained_to_bytes(pretrained);
        g_autoptr(Pretrained) same = pretrained_from_bytes(again, NULL);
        g_assert(same != NULL);
    }
    return 0;
}
