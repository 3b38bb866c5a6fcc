/* command.h -- the table of commands, from which main, --help and wardcast(1) are made.
 *
 * Threads  a constant table.
 */
#pragma once
#include <glib.h>

typedef struct {
    const char *name;
    const char *sentence;              /* one line for people */
    int (*main)(int argc, char **argv); /* argv[0] is the command's name; returns an ExitCode */
    const char *form;                  /* the option that makes it another command with options of its own; NULL = none */
} Command;

extern const Command command[];
extern const gsize commands;

/* The row with this name, or NULL. */
const Command *command_find(const char *name);

/* The name nearest to a mistyped one, or NULL when none is near. */
const char *command_nearest(const char *name);

/* The list of commands for people. Caller frees. */
char *command_help(void);

/* wardcast(1) in troff, each command's options taken from its own --help; `program`
 * is the path of this executable. Caller frees. */
char *command_manual(const char *program, GError **error) G_GNUC_WARN_UNUSED_RESULT;
