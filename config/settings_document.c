/* settings_document -- print the table of settings in a format of config_document(). */
#include <stdio.h>

#include "config/config.h"

int main(int argc, char **argv)
{
    g_autofree char *text = argc == 2 ? config_document(argv[1]) : NULL;
    if (!text) {
        fputs("usage: settings_document text|man|yaml\n", stderr);
        return 2;
    }
    return fputs(text, stdout) < 0 || fflush(stdout) != 0;
}
