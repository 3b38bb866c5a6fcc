/* command.h -- call one of the program's commands in the test itself and read what it said.
 *
 * Threads  one at a time.
 */
#pragma once
#include <glib.h>

/* Run `command` with the words of a command line, quoted as for a shell; its exit code. */
int command_run(int (*command)(int argc, char **argv), const char *format, ...) G_GNUC_PRINTF(2, 3);

/* What the newest command printed on both streams. */
const char *command_said(void);

/* End the test unless it printed these words. */
void command_assert_said(const char *words);
