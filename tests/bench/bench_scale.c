/* bench_scale.c -- how long the forecast of very many hourly series takes, and how much memory.
 *
 * Usage: bench_scale WARDCAST [SERIES] [WEEKS] [OPTION ...]
 * Invents the series of a large region (daily and weekly rhythm, Poisson-like
 * counts) in a folder of its own, trains on a few of them, forecasts all 168
 * hours ahead from the trained weights, and prints seconds and the greatest
 * memory of that one process, for all series and for a tenth of them.  Further
 * OPTIONs are handed to the training.  It prints and never judges:
 * make tests/bench/bench_scale && tests/bench/bench_scale ./wardcast
 */
#include "forecast/model/draw.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DAY = 24, WEEK = 168, HORIZON = 168, LEARN = 20 };

/* Eight shapes of a day and four of a week, mixed anew by each series. */
static double rhythm(gsize series, gsize hour)
{
    double peak = 10 + 8 * draw_uniform(3, series, 0), depth = 0.2 + 0.6 * draw_uniform(3, series, 1), weekend = 0.6 * draw_uniform(3, series, 2);
    double day = 1 + depth * cos(2 * G_PI * ((double)(hour % DAY) - peak) / DAY);
    return day * (hour % WEEK / DAY >= 5 ? 1 - weekend : 1);
}

/* A normal number from twelve uniform ones. */
static double normal(gsize series, gsize hour)
{
    double sum = -6;
    for (gsize k = 0; k < 12; k++)
        sum += draw_uniform(4, series * 100003 + hour, k);
    return sum;
}

static void invent(const char *path, gsize series, gsize hours)
{
    FILE *file = g_fopen(path, "w");
    g_autoptr(GDateTime) start = g_date_time_new_utc(2024, 1, 1, 0, 0, 0);
    g_autoptr(GPtrArray) stamp = g_ptr_array_new_with_free_func(g_free);
    for (gsize t = 0; t < hours; t++) {
        g_autoptr(GDateTime) at = g_date_time_add_hours(start, (gint)t);
        g_ptr_array_add(stamp, g_date_time_format(at, "%Y-%m-%dT%H:%M:%S"));
    }
    fputs("series_id,timestamp,value\n", file);
    for (gsize i = 0; i < series; i++) {
        double level = exp(log(0.5) + log(200) * draw_uniform(2, i, 0)), wave[WEEK];
        for (gsize h = 0; h < WEEK; h++)
            wave[h] = level * rhythm(i, h);
        for (gsize t = 0; t < hours; t++) {
            double mean = wave[t % WEEK];
            fprintf(file, "unit-%06zu,%s,%.0f\n", i, (const char *)stamp->pdata[t], fmax(0, mean + sqrt(mean) * normal(i, t)));
        }
    }
    fclose(file);
}

static double now(void)
{
    return (double)g_get_monotonic_time() / G_USEC_PER_SEC;
}

/* Run a command; its seconds, its processor seconds and its greatest memory in MiB. */
static void run(const char *const *argv, double *seconds, double *work, double *memory)
{
    double start = now();
    pid_t child = fork();
    if (child == 0) {
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    int status;
    struct rusage usage;
    wait4(child, &status, 0, &usage);
    if (status != 0) {
        g_printerr("%s %s ended with %d\n", argv[0], argv[1], WEXITSTATUS(status));
        exit(1);
    }
    *seconds = now() - start;
    *work = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    *memory = (double)usage.ru_maxrss / 1024;
}

static void forecast(char *program, const char *folder, gsize series, gsize hours)
{
    g_autofree char *data = g_build_filename(folder, "all.csv", NULL), *models = g_build_filename(folder, "models", NULL);
    g_autofree char *output = g_build_filename(folder, "forecast.csv", NULL), *horizon = g_strdup_printf("%d", HORIZON);
    double seconds, work, memory;
    invent(data, series, hours);
    run((const char *[]){program, "forecast", "--csv", data, "--horizon", horizon, "--model-dir", models, "--output", output, NULL}, &seconds, &work, &memory);
    g_print("forecast %zu series of %zu hours, %d steps ahead: %.1f s (%.1f s of processors), %.0f MiB\n", series, hours, HORIZON, seconds, work, memory);
    (void)g_unlink(data);
    (void)g_unlink(output);
}

static void learn(char *program, const char *folder, gsize hours, char **options)
{
    g_autofree char *data = g_build_filename(folder, "few.csv", NULL), *models = g_build_filename(folder, "models", NULL);
    g_autofree char *horizon = g_strdup_printf("%d", HORIZON);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    const char *fixed[] = {program, "train", "--csv", data, "--horizon", horizon, "--model-dir", models};
    double seconds, work, memory;
    for (gsize k = 0; k < G_N_ELEMENTS(fixed); k++)
        g_ptr_array_add(argv, (gpointer)fixed[k]);
    for (; *options != NULL; options++)
        g_ptr_array_add(argv, *options);
    g_ptr_array_add(argv, NULL);
    invent(data, LEARN, hours);
    run((const char *const *)argv->pdata, &seconds, &work, &memory);
    g_print("train on %d of them: %.1f s, %.0f MiB\n", LEARN, seconds, memory);
    (void)g_unlink(data);
}

static void remove_folder(const char *folder)
{
    g_autofree char *models = g_build_filename(folder, "models", NULL);
    g_autoptr(GDir) open = g_dir_open(models, 0, NULL);
    for (const char *name; open != NULL && (name = g_dir_read_name(open)) != NULL;) {
        g_autofree char *path = g_build_filename(models, name, NULL);
        (void)g_unlink(path);
    }
    (void)g_rmdir(models);
    (void)g_rmdir(folder);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        g_printerr("usage: bench_scale WARDCAST [SERIES] [WEEKS] [OPTION ...]\n");
        return 2;
    }
    gsize series = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000, hours = WEEK * (argc > 3 ? strtoul(argv[3], NULL, 10) : 8);
    g_autofree char *folder = g_dir_make_tmp("bench-scale-XXXXXX", NULL);
    g_assert(folder != NULL);
    learn(argv[1], folder, hours, argv + MIN(argc, 4));
    forecast(argv[1], folder, MAX(series / 10, 1), hours);
    forecast(argv[1], folder, series, hours);
    remove_folder(folder);
    return 0;
}
