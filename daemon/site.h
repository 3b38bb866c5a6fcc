/* site.h -- open what the configuration names: calendar, warehouse, sources, model files.
 *
 * The one place where configuration, secrets and rooms meet, so that every
 * command opens things in the same way.
 *
 * Errors   as of what is opened, with the place in front.
 * Threads  one caller at a time.
 */
#pragma once
#include "config/config.h"
#include "connectors/in/source.h"
#include "connectors/out/warehouse.h"
#include "forecast/series/calendar.h"

/* Each returns an object that the caller owns, or NULL. */
Calendar *site_calendar(const GroupSettings *group, GError **error) G_GNUC_WARN_UNUSED_RESULT;
Warehouse *site_warehouse(const Config *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
Source *site_source(const Config *config, const SourceSettings *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Create or migrate the warehouse as its owner. */
gboolean site_init(const Config *config, void (*say)(void *self, const char *line), void *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The folder of a group's model files: STATE_DIR/models/GROUP. Caller frees. */
char *site_model_folder(const Config *config, const char *group);

/* A folder to write to, made where it is not there; the message names the setting to
 * change (of a command: the option). */
gboolean site_make_folder(const char *folder, const char *setting, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* An instant from text: ISO 8601 with an offset or Z, or without one on the
 * clock of `zone`; from 1970 to ten years ahead.  CONFIG_ERROR_SETTING names what
 * was seen and wanted. */
gboolean site_read_time(const char *text, const char *zone, Instant *at, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Now, in microseconds since 1970 UTC. */
Instant site_now(void);

/* Let the networks multiply as forecast.precision says: before any network is opened. */
void site_choose_precision(const Config *config);
