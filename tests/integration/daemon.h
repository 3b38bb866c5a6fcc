/* daemon.h -- the daemon itself, run by a test as systemd would run it.
 *
 * Threads  one owner.
 */
#pragma once
#include "tests/integration/hospital.h"

typedef struct Daemon Daemon;

/* Tests of the daemon run at the clock's time, so the tiny hospital is moved up
 * to end about now. */
void daemon_move_hospital(const Hospital *hospital);

/* Start it; `name` is that of its notification socket and its log in the
 * hospital's folder, `failpoint` ("name:n", NULL: none) where it kills itself. */
Daemon *daemon_start(const Hospital *hospital, const char *name, const char *failpoint);

/* Listen until something it told systemd holds `part`; FALSE after two minutes. */
gboolean daemon_tells(Daemon *daemon, const char *part);

/* Ask the warehouse until it answers `wanted`; FALSE after two minutes. */
gboolean daemon_reaches(const Hospital *hospital, const char *sql, const char *wanted);

void daemon_signal(Daemon *daemon, int number);

/* Wait for its end (two minutes at most), then free it; the signal that ended it, or 0. */
int daemon_wait(Daemon *daemon);

/* SIGTERM, wait, free; seconds that took, and the exit code (-1: a signal). */
double daemon_end(Daemon *daemon, int *code);

/* Resident memory. */
gint64 daemon_kib(const Daemon *daemon);
