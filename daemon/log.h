/* log.h -- where messages go: the journal with fields, or plain lines on standard error.
 *
 * Threads  GLib's log functions may be called from anywhere once log_begin was.
 */
#pragma once

/* Take over GLib's structured log: to the journal when standard error is
 * connected to it, else as "2026-11-23 06:00:01 warning: text" lines. Debug
 * messages only appear when G_MESSAGES_DEBUG asks for them. */
void log_begin(void);
