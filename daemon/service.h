/* service.h -- `wardcast run`: the daemon.
 *
 * Starts the workers, answers systemd (ready, reloading, status, watchdog),
 * serves health and metrics, reloads on SIGHUP keeping the old configuration
 * when the new one is broken, and ends within five seconds of SIGTERM.
 *
 * Threads  the main thread's own.
 */
#pragma once

int service_main(int argc, char **argv);
