#include "daemon/json.h"

#include <math.h>

void json_text(GString *json, const char *text)
{
    if (text == NULL) {
        g_string_append(json, "null");
        return;
    }
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_string_append_c(json, '"');
    for (const char *c = valid; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_printf(json, "\\%c", *c);
        else if (*c == '\n')
            g_string_append(json, "\\n");
        else if ((guchar)*c < 0x20)
            g_string_append_printf(json, "\\u%04x", (guchar)*c);
        else
            g_string_append_c(json, *c);
    }
    g_string_append_c(json, '"');
}

void json_number(GString *json, double number)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(json, isfinite(number) ? g_ascii_dtostr(buffer, sizeof buffer, number) : "null");
}

void json_key(GString *json, const char *key)
{
    json_text(json, key);
    g_string_append_c(json, ':');
}
