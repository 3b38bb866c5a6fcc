/* train.h -- `wardcast train`: make the models of every group, each in its own process.
 *
 * Reads the warehouse as a cycle would, trains and backtests per grain, and
 * puts the release in place by an atomic rename; a cycle that runs meanwhile
 * sees the old or the new one, never half of one.  With --csv it is file mode.
 *
 * Threads  the main thread's own.
 */
#pragma once

int train_main(int argc, char **argv);
