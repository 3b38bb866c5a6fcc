#include "daemon/pretrain.h"

#include "daemon/exit.h"
#include "daemon/progress.h"
#include "forecast/model/pretrained.h"

#include <glib/gstdio.h>

enum { STEPS_MOST = 10000000, SERIES_MOST = 1000000, THREADS_MOST = 1024 };

typedef struct {
    char *grain, *country, *output;
    gint64 seed, steps, series, threads;
} Order;

static void clear_order(Order *order)
{
    g_free(order->grain);
    g_free(order->country);
    g_free(order->output);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Order, clear_order)

/* The held-out losses of the network that is being trained. */
typedef struct {
    Progress *progress;
    const char *what;
    double first, last;
} Show;

static void say_losses(const Show *show)
{
    if (show->what != NULL)
        g_printerr("\n%s: held-out loss %.4f before, %.4f after\n", show->what, show->first, show->last);
}

static gboolean show(void *self, const char *what, double share, double loss)
{
    Show *show = self;
    if (g_strcmp0(show->what, what) != 0) {
        say_losses(show);
        *show = (Show){show->progress, what, loss, loss};
    }
    show->last = loss;
    return progress_tell(show->progress, what, share, loss);
}

static gboolean check_order(const Order *order, Grain *grain, GError **error)
{
    const struct {
        const char *name;
        gint64 value, most;
    } number[] = {{"seed", order->seed, G_MAXINT64}, {"steps", order->steps, STEPS_MOST}, {"series", order->series, SERIES_MOST}, {"threads", order->threads, THREADS_MOST}};
    if (order->grain == NULL || !grain_from_name(order->grain, grain)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--grain is \"%s\"; wanted hour, day, week or month", order->grain ? order->grain : "");
        return FALSE;
    }
    if (order->output == NULL) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "pretrain needs --output DIR");
        return FALSE;
    }
    for (gsize k = 0; k < G_N_ELEMENTS(number); k++)
        if (number[k].value < 0 || number[k].value > number[k].most) {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--%s is %" G_GINT64_FORMAT "; wanted a whole number from 0 to %" G_GINT64_FORMAT,
                        number[k].name, number[k].value, number[k].most);
            return FALSE;
        }
    return TRUE;
}

/* Countries whose holidays lie differently: invented hospitals are spread over them. */
static const char usual_countries[] = "US,GB,DE,FR,ES,IT,NL,SE,CA,AU";

static GPtrArray *read_calendars(const char *countries, GError **error)
{
    g_autoptr(GPtrArray) calendars = g_ptr_array_new_with_free_func((GDestroyNotify)calendar_free);
    g_auto(GStrv) country = g_strsplit(countries, ",", -1);
    for (gsize k = 0; country[k] != NULL; k++) {
        g_autofree char *holidays = calendar_holiday_file(g_strstrip(country[k]), error);
        Calendar *calendar = holidays != NULL ? calendar_new("UTC", holidays, error) : NULL;
        if (calendar == NULL)
            return NULL;
        g_ptr_array_add(calendars, calendar);
    }
    return g_steal_pointer(&calendars);
}

static gboolean pretrain(const Order *order, Grain grain, GError **error)
{
    g_autoptr(GPtrArray) calendars = read_calendars(order->country != NULL && order->country[0] != '\0' ? order->country : usual_countries, error);
    if (calendars == NULL)
        return FALSE;
    g_autoptr(Progress) progress = progress_new(grain_name(grain));
    Show told = {.progress = progress};
    PretrainedOptions options = {.grain = grain, .seed = (guint64)order->seed, .steps = (gsize)order->steps, .series = (gsize)order->series,
                                 .threads = order->threads > 0 ? (gsize)order->threads : g_get_num_processors(), .calendar = (const Calendar *const *)calendars->pdata,
                                 .calendars = calendars->len, .progress = show, .self = &told};
    if (g_mkdir_with_parents(order->output, 0755) != 0) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "cannot make the folder %s; give --output a place that can be written", order->output);
        return FALSE;
    }
    g_autoptr(Pretrained) pretrained = pretrained_make(&options, error);
    if (pretrained == NULL || !pretrained_save(pretrained, order->output, error))
        return FALSE;
    say_losses(&told);
    g_autofree char *path = pretrained_path(order->output, grain), *what = g_strdup_printf("written to %s", path);
    progress_done(progress, what);
    return TRUE;
}

static int complain(const GError *error)
{
    g_printerr("wardcast pretrain: %s\n", error->message);
    return error->domain == G_OPTION_ERROR ? EXIT_USAGE : EXIT_FAILED;
}

int pretrain_main(int argc, char **argv)
{
    g_auto(Order) order = {.seed = 1};
    const GOptionEntry entries[] = {
        {"grain", 0, 0, G_OPTION_ARG_STRING, &order.grain, "hour, day, week or month", "GRAIN"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &order.seed, "of the prior and of the training (default: 1)", "N"},
        {"steps", 0, 0, G_OPTION_ARG_INT64, &order.steps, "optimiser steps per network (default: as for those that ship)", "N"},
        {"series", 0, 0, G_OPTION_ARG_INT64, &order.series, "series of the prior (default: as for those that ship)", "N"},
        {"country", 0, 0, G_OPTION_ARG_STRING, &order.country, "ISO 3166 codes of the countries the hospitals lie in, in turn (default: ten of them)", "CC[,CC]"},
        {"threads", 0, 0, G_OPTION_ARG_INT64, &order.threads, "workers; changes no byte (default: one per processor)", "N"},
        {"output", 0, 0, G_OPTION_ARG_FILENAME, &order.output, "folder that GRAIN.weights is written to", "DIR"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GError) error = NULL;
    g_set_prgname("wardcast pretrain");
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(context, "Make the networks that ship with the program, from a synthetic prior and a seed; no record of any hospital is read.\n"
                                          "To use them: set WARDCAST_PRETRAINED to the folder, or install them.");
    g_option_context_add_main_entries(context, entries, NULL);
    Grain grain;
    if (!g_option_context_parse(context, &argc, &argv, &error))
        return complain(error);
    if (argc > 1) {
        g_printerr("wardcast pretrain: \"%s\" belongs to no option; see wardcast pretrain --help\n", argv[1]);
        return EXIT_USAGE;
    }
    return check_order(&order, &grain, &error) && pretrain(&order, grain, &error) ? EXIT_FINE : complain(error);
}
