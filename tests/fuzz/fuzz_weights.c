#include "forecast/model/weights.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GBytes) file = g_bytes_new(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) content = weights_unpack(file, "fuzz", &error);
    g_assert((content == NULL) == (error != NULL));
    return 0;
}
