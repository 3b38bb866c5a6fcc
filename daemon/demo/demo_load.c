#include "daemon/demo/demo_load.h"

#include "connectors/wire/pg.h"
#include "daemon/demo/demo_config.h"
#include "daemon/demo/sample.h"
#include "daemon/demo/simulate.h"

#include <string.h>

G_DEFINE_QUARK(demo-error-quark, demo_error)

/* A statement here is a table, a grant or one line of COPY. */
#define DEADLINE 60.0

/* --- cluster ------------------------------------------------------------------- */

char *demo_load_script(GError **error)
{
    g_autofree char *samples = sample_folder(error);
    if (samples == NULL)
        return NULL;
    g_autofree char *beside = g_path_get_dirname(samples);
    return g_build_filename(beside, "private-cluster.sh", NULL);
}

char *demo_load_cluster(const char *script, const char *folder, GError **error)
{
    const char *const command[] = {"sh", script, "start", folder, NULL};
    g_autoptr(GSubprocess) process = g_subprocess_newv(command, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
    g_autofree char *out = NULL, *words = NULL;
    if (process == NULL || !g_subprocess_communicate_utf8(process, NULL, NULL, &out, &words, error))
        return NULL;
    /* It prints "host=FOLDER port=..."; the folder may hold blanks. */
    char *port = out ? strstr(out, " port=") : NULL;
    if (!g_subprocess_get_successful(process) || port == NULL || !g_str_has_prefix(out, "host=")) {
        g_set_error(error, DEMO_ERROR, DEMO_ERROR_CLUSTER, "%s", words && *words ? g_strchomp(words) : "the private cluster did not say where it is");
        return NULL;
    }
    return g_strndup(out + strlen("host="), (gsize)(port - out) - strlen("host="));
}

/* --- databases and roles ---------------------------------------------------------- */

static Pg *open_as(const char *host, const char *database, const char *user, GError **error)
{
    g_autofree char *conninfo = demo_conninfo(host, database, user);
    return pg_open(conninfo, NULL, DEADLINE, error);
}

static gboolean run(Pg *pg, const char *sql, GError **error)
{
    return pg_query(pg, sql, NULL, 0, PG_EXPECT_NONE, NULL, DEADLINE, error);
}

static gboolean is_true(Pg *pg, const char *sql, const char *value, gboolean *yes, GError **error)
{
    g_autoptr(PgResult) result = NULL;
    if (!pg_query(pg, sql, &value, 1, PG_EXPECT_ROW, &result, DEADLINE, error))
        return FALSE;
    *yes = g_strcmp0(pg_cell(result, 0, 0), "t") == 0;
    return TRUE;
}

/* The three plain roles are those of the warehouse's first migration, made here beforehand so that the login roles can be
 * their members. */
static const struct {
    const char *role, *make;
} roles[] = {
    {"wardcast_owner", "CREATE ROLE wardcast_owner NOLOGIN"},
    {"wardcast_writer", "CREATE ROLE wardcast_writer NOLOGIN"},
    {"wardcast_reader", "CREATE ROLE wardcast_reader NOLOGIN"},
    {DEMO_OWNER, "CREATE ROLE " DEMO_OWNER " LOGIN CREATEROLE IN ROLE wardcast_owner"},
    {DEMO_WRITER, "CREATE ROLE " DEMO_WRITER " LOGIN IN ROLE wardcast_writer"},
    {DEMO_READER, "CREATE ROLE " DEMO_READER " LOGIN IN ROLE wardcast_reader"},
    {DEMO_SOURCE, "CREATE ROLE " DEMO_SOURCE " LOGIN"},
};

static gboolean make_roles(Pg *pg, GError **error)
{
    for (gsize r = 0; r < G_N_ELEMENTS(roles); r++) {
        gboolean there;
        if (!is_true(pg, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", roles[r].role, &there, error) ||
            (!there && !run(pg, roles[r].make, error)))
            return FALSE;
    }
    return TRUE;
}

static gboolean make_database(Pg *pg, const char *name, const char *owner, GError **error)
{
    gboolean there;
    if (!is_true(pg, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name, &there, error))
        return FALSE;
    g_autofree char *make = g_strdup_printf("CREATE DATABASE %s OWNER %s", name, owner);
    return there || run(pg, make, error);
}

/* --- loading ------------------------------------------------------------------------ */

typedef struct {
    const char *copy;          /* statement */
    const char *file;          /* below the folder of the samples, or of the simulated hospital */
    const char *const *column; /* of the file */
    gsize cells;               /* of the table */
    void (*turn)(char **cell); /* the file's cells into the table's; NULL: they are the same */
} Load;

typedef struct {
    Pg *pg;
    const Load *load;
    guint64 rows;
} Loading;

/* "US-AK:inpatient_beds", day, value -> state, day, measure, value. */
static void turn_state(char **cell)
{
    char *measure = strchr(cell[0], ':');
    if (measure == NULL)
        return; /* the table refuses the row: its measure stays NULL */
    cell[3] = cell[2];
    cell[2] = measure + 1;
    *measure = '\0';
}

static gboolean take(void *self, const char *const *cell, GError **error)
{
    enum { MOST = 16 };
    Loading *loading = self;
    char *own[MOST] = {NULL}, *row[MOST] = {NULL};
    gsize cells = g_strv_length((char **)loading->load->column);
    for (gsize c = 0; c < cells; c++)
        row[c] = own[c] = *cell[c] ? g_strdup(cell[c]) : NULL;
    if (loading->load->turn)
        loading->load->turn(row);
    gboolean copied = pg_copy_row(loading->pg, (const char *const *)row, loading->load->cells, error);
    for (gsize c = 0; c < cells; c++)
        g_free(own[c]);
    loading->rows += copied;
    return copied;
}

static gboolean load_table(Pg *pg, const Load *load, const char *folder, guint64 *rows, GError **error)
{
    g_autofree char *path = g_build_filename(folder, load->file, NULL);
    Loading loading = {pg, load, 0};
    if (!pg_copy_begin(pg, load->copy, DEADLINE, error))
        return FALSE;
    if (!sample_read(path, load->column, take, &loading, error)) {
        gboolean forgotten = pg_copy_end(pg, FALSE, NULL);
        (void)forgotten; /* what went wrong is told already */
        return FALSE;
    }
    *rows += loading.rows;
    return pg_copy_end(pg, TRUE, error);
}

/* Statements end with a semicolon at the end of a line. */
static gboolean run_file(Pg *pg, const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL), *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return FALSE;
    g_auto(GStrv) statement = g_strsplit(text, ";\n", 0);
    for (gsize s = 0; statement[s]; s++) {
        g_strchomp(statement[s]);
        if (*statement[s] && !run(pg, statement[s], error)) {
            g_prefix_error(error, "%s: ", name);
            return FALSE;
        }
    }
    return TRUE;
}

typedef struct {
    const char *database, *schema;
    const char *witness; /* a table that is there once the source is loaded */
    gboolean simulated;
    const Load *load;
    gsize loads;
} SampleSource;

#define COLUMNS(...) (const char *const[]){__VA_ARGS__, NULL}

static const Load uihc[] = {
    {"COPY ed_arrivals FROM STDIN", "uihc_ed_arrivals_hourly.csv.gz",
     COLUMNS("timestamp", "value", "temp_f", "xmas", "xmas2", "nye", "nyd", "thx", "thx1", "ind", "game_day"), 11, NULL},
};
static const Load states[] = {
    {"COPY state_beds FROM STDIN", "hhs_state_beds_daily.csv.gz", COLUMNS("series_id", "timestamp", "value"), 4, turn_state},
};
static const Load general[] = {
    {"COPY wards FROM STDIN", "wards.csv", COLUMNS("ward", "name", "kind", "physical_beds", "staffed_beds", "recorded_at"), 6, NULL},
    {"COPY bed_moves FROM STDIN", "bed_moves.csv", COLUMNS("stay_id", "ward", "in_time", "out_time", "cancelled", "recorded_at"), 6, NULL},
    {"COPY nurse_roster FROM STDIN", "nurse_roster.csv", COLUMNS("ward", "role", "shift_start", "shift_end", "nurses", "recorded_at"), 6, NULL},
    {"COPY ward_beds FROM STDIN", "ward_beds.csv", COLUMNS("ward", "from_time", "staffed", "blocked", "reserved", "recorded_at"), 6, NULL},
    {"COPY theatre_list FROM STDIN", "theatre_list.csv", COLUMNS("ward", "day", "planned", "recorded_at"), 4, NULL},
};
static const SampleSource sources[] = {
    {"uihc", "uihc.sql", "public.ed_arrivals", FALSE, uihc, G_N_ELEMENTS(uihc)},
    {"states", "hhs.sql", "public.state_beds", FALSE, states, G_N_ELEMENTS(states)},
    {"general", "general.sql", "public.bed_moves", TRUE, general, G_N_ELEMENTS(general)},
};

static gboolean fill(Pg *pg, const SampleSource *source, const char *samples, const char *simulated, guint64 *rows, GError **error)
{
    if (!run(pg, "BEGIN", error) || !run_file(pg, samples, source->schema, error))
        return FALSE;
    for (gsize l = 0; l < source->loads; l++)
        if (!load_table(pg, &source->load[l], source->simulated ? simulated : samples, rows, error))
            return FALSE;
    return run(pg, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO " DEMO_SOURCE, error) && run(pg, "COMMIT", error) && run(pg, "ANALYZE", error);
}

static gboolean simulate(const char *samples, const char *simulated, GError **error)
{
    g_autofree char *arrivals = g_build_filename(samples, "uihc_ed_arrivals_hourly.csv.gz", NULL);
    g_autofree char *stays = g_build_filename(samples, "sepsis_patient_stays.csv.gz", NULL);
    SimulateOptions options = {.seed = SIMULATE_SEED, .days = SIMULATE_DAYS, .end = SIMULATE_END, .arrivals = arrivals, .stays = stays, .output = simulated};
    return simulate_write(&options, error);
}

static gboolean load_source(const SampleSource *source, const char *host, const char *samples, const char *simulated,
                            void (*say)(void *self, const char *line), void *self, GError **error)
{
    gboolean loaded;
    guint64 rows = 0;
    g_autoptr(Pg) pg = open_as(host, source->database, "postgres", error);
    if (pg == NULL || !is_true(pg, "SELECT to_regclass($1) IS NOT NULL", source->witness, &loaded, error))
        return FALSE;
    if (loaded)
        return TRUE;
    if ((source->simulated && !simulate(samples, simulated, error)) || !fill(pg, source, samples, simulated, &rows, error)) {
        g_prefix_error(error, "sample hospital %s: ", source->database);
        return FALSE;
    }
    g_autofree char *line = g_strdup_printf("source database %s: %" G_GUINT64_FORMAT " rows%s", source->database, rows,
                                            source->simulated ? " of a simulated hospital" : " of real data");
    say(self, line);
    return TRUE;
}

gboolean demo_load_sources(const char *host, const char *simulated, void (*say)(void *self, const char *line), void *self, GError **error)
{
    g_autofree char *samples = sample_folder(error);
    g_autoptr(Pg) pg = samples ? open_as(host, "postgres", "postgres", error) : NULL;
    if (pg == NULL || !make_roles(pg, error) || !make_database(pg, DEMO_WAREHOUSE, DEMO_OWNER, error))
        return FALSE;
    for (gsize s = 0; s < G_N_ELEMENTS(sources); s++)
        if (!make_database(pg, sources[s].database, "postgres", error) ||
            !load_source(&sources[s], host, samples, simulated, say, self, error))
            return FALSE;
    return TRUE;
}
