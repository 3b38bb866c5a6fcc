#include "forecast/model/network.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* What is accepted must be written back as the same bytes. */
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(Network) network = network_from_bytes(bytes, &error);
    g_assert((network == NULL) == (error != NULL));
    if (network != NULL) {
        g_autoptr(GBytes) again = network_to_bytes(network);
        g_assert(g_bytes_equal(bytes, again));
    }
    return 0;
}
