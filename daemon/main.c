/* main.c -- the door: find the command, hand over.
 *
 * What must hold before anything else runs is set here: the numeric libraries
 * tamed, signals that would end a write turned into errors, a file mask that
 * keeps others out.
 */
#include "config/build.h"
#include "daemon/command.h"
#include "daemon/demo/demo.h"
#include "daemon/exit.h"
#include "daemon/engine/file_mode.h"
#include "daemon/explain.h"
#include "daemon/inspect.h"
#include "daemon/log.h"
#include "daemon/models.h"
#include "daemon/once.h"
#include "daemon/pretrain.h"
#include "daemon/service.h"
#include "daemon/demo/simulate.h"
#include "daemon/train.h"
#include "forecast/kernel/numeric.h"
#include "forecast/kernel/precision.h"

#include <locale.h>
#include <signal.h>
#include <sys/stat.h>

const Command command[] = {
    {"run", "the daemon: pull, forecast, plan and publish at the named times", service_main, NULL},
    {"once", "one cycle now, or as of an earlier time", once_main, NULL},
    {"train", "train and backtest the models", train_main, "--csv=FILE"},
    {"pretrain", "make the networks that ship with the program, from invented hospitals", pretrain_main, NULL},
    {"forecast", "forecast a CSV file", file_mode_forecast, NULL},
    {"backtest", "score every member on the past of a CSV file", file_mode_backtest, NULL},
    {"explain", "why a series of a CSV file or of a run is forecast as it is", explain_main, NULL},
    {"model", "list the trained models, show their cards, go back to the one before", model_main, NULL},
    {"replay", "make the rows of a past run again and compare", replay_main, NULL},
    {"check", "check configuration, sources and warehouse without changing anything", check_main, NULL},
    {"status", "what was published, and how fresh each source is", status_main, NULL},
    {"init", "create or migrate the warehouse", init_main, NULL},
    {"simulate", "write a simulated general hospital with known truth", simulate_main, NULL},
    {"demo", "the whole job on sample hospitals and a private PostgreSQL", demo_main, NULL},
    {"help", "this list; also: help settings, help sample", help_main, NULL},
};
const gsize commands = G_N_ELEMENTS(command);

static int unknown(const char *name)
{
    const char *nearest = command_nearest(name);
    g_printerr("wardcast: \"%s\" is not a command", name);
    if (nearest != NULL)
        g_printerr("; did you mean \"%s\"?", nearest);
    g_printerr("\n`wardcast help` lists them\n");
    return EXIT_USAGE;
}

static void ignore(int number)
{
    const struct sigaction action = {.sa_handler = SIG_IGN};
    sigaction(number, &action, NULL);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    umask(0027);
    numeric_begin();
    ignore(SIGXFSZ); /* a full quota is an error of write(), not the end */
    ignore(SIGPIPE);
    log_begin();
    g_debug("%s", precision_reason());
    if (argc < 2 || g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h")) {
        g_autofree char *help = command_help();
        g_print("%s", help);
        return argc < 2 ? EXIT_USAGE : EXIT_FINE;
    }
    if (g_str_equal(argv[1], "--version")) {
        g_print("wardcast %s\n", PACKAGE_VERSION);
        return EXIT_FINE;
    }
    const Command *row = command_find(argv[1]);
    return row == NULL ? unknown(argv[1]) : row->main(argc - 1, argv + 1);
}
