/* file_mode.h -- train, forecast and backtest on a CSV export, without any database.
 *
 * For people who want to try Wardcast on an export first, and for judging it
 * from outside: same seed, same file, same bytes out.
 *
 * Each function is one command: argv[0] is the command's name, the options
 * follow; it returns the program's exit code (exit.h): 0 fine, 1 failed, 2 the
 * command line is wrong, 65 the data cannot be used, 78 the zone or the country
 * is none that is known.  Messages go to the error stream, progress to a terminal.
 */
#pragma once

int file_mode_train(int argc, char **argv);
int file_mode_forecast(int argc, char **argv);
int file_mode_backtest(int argc, char **argv);
