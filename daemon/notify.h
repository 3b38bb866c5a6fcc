/* notify.h -- tell systemd how the daemon is doing.
 *
 * Every call does nothing when the daemon was not started by systemd, and none
 * waits for long: what a listener who does not read has no room for is lost.
 *
 * Threads  call from anywhere.
 */
#pragma once
#include <glib.h>

void notify_ready(void);
void notify_reloading(void); /* with the monotonic time, so that Type=notify-reload works where systemd has it */
void notify_stopping(void);
void notify_watchdog(void);
void notify_status(const char *line); /* shown by `systemctl status`; line feeds become spaces */

/* Seconds the watchdog waits, 0 when it is off. */
double notify_watchdog_s(void);
