/* once.h -- `wardcast once` and `wardcast replay`: one cycle by hand, and the proof that it can be made again.
 *
 * Threads  the main thread's own.
 */
#pragma once

int once_main(int argc, char **argv);
int replay_main(int argc, char **argv);
