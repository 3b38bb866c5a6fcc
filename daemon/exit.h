/* exit.h -- what the program's exit codes mean.
 *
 * The numbers follow sysexits(3) where it has one, so that systemd and scripts
 * can tell "try again" from "a person must look".
 */
#pragma once

typedef enum {
    EXIT_FINE = 0,
    EXIT_FAILED = 1,       /* something went wrong; the message says what to do */
    EXIT_USAGE = 2,        /* the command line is wrong */
    EXIT_BAD_DATA = 65,    /* the input data cannot be used */
    EXIT_DOWN = 69,        /* the warehouse cannot be reached now: try later */
    EXIT_CONFIG = 78       /* the configuration is wrong; systemd does not restart on this one */
} ExitCode;
