#include "config/config.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* What is read must be whole; what is not must be complained of, in lines that begin with the file. */
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_read_text("f", (const char *)data, size, &error);
    g_assert((config == NULL) == (error != NULL));
    if (config) {
        g_assert(config->groups->len > 0 && config->sources->len > 0 && config->plan.shifts->len > 0);
        for (guint i = 0; i < config->groups->len; i++) {
            g_autofree char *hash = config_group_hash(config, config->groups->pdata[i]);
            g_assert(strlen(hash) == 64);
        }
        return 0;
    }
    g_assert(g_utf8_validate(error->message, -1, NULL));
    g_auto(GStrv) line = g_strsplit(error->message, "\n", -1);
    for (gsize i = 0; line[i]; i++)
        g_assert(g_str_has_prefix(line[i], "f:"));
    return 0;
}
