/* settings.h -- what the hospital decides about the daemon itself.
 *
 * Plain rows, filled by config/.
 */
#pragma once
#include "connectors/in/settings.h"
#include "connectors/out/settings.h"
#include "forecast/plan/settings.h"

typedef struct {
    char *measure;      /* census, arrivals, ... */
    Grain grain;
    guint horizon;      /* steps ahead */
    char *total;        /* unit name under which the units of a facility are added up too; NULL = not */
} TargetSettings;

typedef struct {
    char *id;           /* lower case, stable; part of every key */
    char *name;         /* as people know it */
    char *timezone;     /* IANA zone */
    char *country;      /* ISO 3166 alpha-2, for the holidays */
    char *note;         /* where its data come from, shown in the brief; NULL = nothing */
    char **schedule;    /* local times "06:00", NULL-terminated */
    guint history_days; /* days of history read for forecasting */
    GPtrArray *targets; /* TargetSettings, owned */
} GroupSettings;

typedef struct {
    guint seeds;        /* networks of a kind that learn alike and speak as one; 0 = as usual */
    guint steps;        /* optimiser steps per network */
    guint seconds;      /* training time per network at most; 0 = no limit */
    guint threads;      /* workers; 0 = processors */
    guint64 seed;
    char *member;       /* "auto" (the backtest decides) or the name of one member, to hold all others back */
    char *precision;    /* "auto" or "single": how the networks multiply */
} ForecastSettings;

typedef struct {
    char *state_dir;    /* weights, spool */
    char *report_dir;   /* briefs */
    char *http_address; /* "127.0.0.1:9187"; empty = off */
    char *stay_key;     /* name of the credential that holds the key for hashing stay ids */
    char *name;         /* this daemon's name in the lease; default the host's */
    guint cycle_deadline_s;
} DaemonSettings;
