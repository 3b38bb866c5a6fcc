/* driver.c -- replay a corpus, file by file, without a fuzzer.
 *
 * Every fuzz target fuzz_<noun>.c is linked with this main: it feeds each file
 * of tests/fuzz/corpus/<noun>/ (or each file named on the command line) to the
 * target and says so as TAP.  A target that crashes ends the program, which
 * the harness counts as a failure.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *files_of(const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
    if (dir == NULL) {
        g_print("Bail out! %s\n", error->message);
        exit(EXIT_FAILURE);
    }
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
        g_ptr_array_add(files, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(files, by_name);
    return files;
}

static GPtrArray *files_to_replay(int argc, char **argv)
{
    if (argc > 1 && argv[1][0] != '-') {
        GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
        for (int k = 1; k < argc; k++)
            g_ptr_array_add(files, g_strdup(argv[k]));
        return files;
    }
    const char *top = g_getenv("top_srcdir");
    g_autofree char *name = g_path_get_basename(argv[0]);
    const char *noun = g_str_has_prefix(name, "fuzz_") ? name + strlen("fuzz_") : name;
    g_autofree char *folder = g_build_filename(top != NULL ? top : ".", "tests", "fuzz", "corpus", noun, NULL);
    return files_of(folder);
}

int main(int argc, char **argv)
{
    g_autoptr(GPtrArray) files = files_to_replay(argc, argv);
    gboolean fine = files->len > 0;
    g_print("1..%u\n", files->len);
    for (guint k = 0; k < files->len; k++) {
        g_autofree char *data = NULL, *name = g_path_get_basename(files->pdata[k]);
        gsize size = 0;
        gboolean read = g_file_get_contents(files->pdata[k], &data, &size, NULL);
        if (read)
            LLVMFuzzerTestOneInput((const guint8 *)data, size);
        g_print("%s %u - %s\n", read ? "ok" : "not ok", k + 1, name);
        fine = fine && read;
    }
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
