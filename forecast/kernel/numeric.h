/* numeric.h -- set the numeric libraries up as this program wants them.
 *
 * GSL's error handler, which ends the process, is switched off, and OpenBLAS is
 * held to one thread: the program spreads its own work over fixed shards, so
 * that sums are the same for any number of threads.
 *
 * Threads  call first thing in main; calling again changes nothing.
 */
#pragma once

void numeric_begin(void);
