/* main.c -- the door. */
#include "config/build.h"

#include <glib.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    g_print("wardcast %s\n", PACKAGE_VERSION);
    return EXIT_SUCCESS;
}
