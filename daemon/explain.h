/* explain.h -- `wardcast explain`: ask why a series of a CSV file, or of a run of the warehouse, is forecast as it is.
 *
 * Threads  the main thread's own.
 */
#pragma once

int explain_main(int argc, char **argv);
