/* pretrain.h -- the command "pretrain": make the networks that ship with the program.
 *
 * Threads  the main thread's own.
 */
#pragma once

int pretrain_main(int argc, char **argv);
