/* inspect.h -- the commands that look and tell: init, check, status, documents.
 *
 * Threads  the main thread's own.
 */
#pragma once

int init_main(int argc, char **argv);
int check_main(int argc, char **argv);
int status_main(int argc, char **argv);
int help_main(int argc, char **argv);
