/* explain.h -- `wardcast explain`: ask why a series of a CSV file is forecast as it is.
 *
 * Threads  the main thread's own.
 */
#pragma once

int explain_main(int argc, char **argv);
