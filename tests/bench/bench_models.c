/* bench_models.c -- how fast the networks train and forecast here: windows a second and GFLOP/s.
 *
 * Usage: bench_models [THREADS [lstm|patch|both [single]]]
 * "single": in single precision also where the processor multiplies bfloat16.
 * Counts 2 x multiply-adds of the matrix products of a plain network of the
 * shape (training = 3 x forward), so that the figure can be set beside that of
 * any other implementation (versus.sh does), and beside cblas_sgemm on this
 * machine: the best rate that it showed so far in this run, with as many threads.
 * It prints and never judges: make tests/bench/bench_models && tests/bench/bench_models
 */
#include "forecast/kernel/activation.h"
#include "forecast/kernel/adamw.h"
#include "forecast/kernel/precision.h"
#include "forecast/model/duo.h"
#include "forecast/model/graph.h"
#include "forecast/model/outlook.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

enum { SHARD = 32, CUBE = 2048, MOST_THREADS = 64, FORGOTTEN = 1100000 /* us */ };

typedef struct {
    GraphShape shape;
    Tensors tensors;
    GraphInput input; /* one shard; every shard reads the same numbers */
    GraphInput said;  /* the same as a Network forecasts: its anchor is added elsewhere */
    gsize shards, threads, next;
    gboolean train;
    float *numbers, *w, *wt, *packed, *gradients, *gradient, *first, *second;
    float *work[MOST_THREADS];
} Bench;

static double now(void)
{
    return (double)g_get_monotonic_time() / G_USEC_PER_SEC;
}

static double forward_flops(const GraphShape *s)
{
    double d = (double)s->width, t = (double)(s->context + s->future), out = (double)s->patch * OUTLOOK_LEVELS;
    double ends = (double)s->features * d + 2 * d * d + 2 * d * out;
    double layer = s->transformer ? 12 * d * d + 2 * t * d : 8 * d * d;
    return 2 * t * (ends + (double)s->layers * layer);
}

static void bench_start(Bench *b, gboolean transformer, gsize windows, gsize steps, gsize patch, gsize width, gsize layers, gsize threads)
{
    /* Every token answers, as in the counts above: all but the first are future tokens. */
    *b = (Bench){.shape = {.transformer = transformer, .rows = MIN(windows, SHARD), .context = 1, .future = steps - 1,
                           .features = 2 * patch + 24, .patch = patch, .width = width, .layers = layers, .heads = width / 16},
                 .shards = MAX(windows / SHARD, 1), .threads = threads};
    graph_tensors(&b->shape, &b->tensors);
    gsize tokens = steps * b->shape.rows, size = b->tensors.size, targets = tokens * patch;
    gsize numbers = tokens * (b->shape.features + 2) + 4 * targets;
    b->numbers = g_new(float, numbers);
    for (gsize k = 0; k < numbers; k++)
        b->numbers[k] = (float)sin(1.37 * (double)k);
    float *ones = b->numbers + tokens * b->shape.features;
    for (gsize k = 0; k < 2 * tokens; k++)
        ones[k] = 1;
    float *rest = ones + 2 * tokens;
    b->input = (GraphInput){b->numbers, ones, ones + tokens, rest, rest + targets, rest + 2 * targets, rest + 3 * targets};
    b->said = (GraphInput){.x = b->input.x, .live = b->input.live, .key = b->input.key};
    for (gsize k = 0; k < targets; k++)
        rest[3 * targets + k] = 1.0f / (float)targets;
    float **array[] = {&b->w, &b->wt, &b->first, &b->second};
    for (gsize k = 0; k < G_N_ELEMENTS(array); k++)
        *array[k] = g_new0(float, size);
    b->gradients = g_new0(float, size * b->shards + REAL_LINE);
    b->gradient = b->gradients + real_ahead(b->gradients); /* as a training has them */
    for (gsize k = 0; k < threads; k++)
        b->work[k] = g_new0(float, graph_groups(&b->shape) + targets * OUTLOOK_LEVELS);
    graph_start(&b->shape, &b->tensors, 1, b->w);
    tensors_transpose(&b->tensors, b->w, b->wt);
    b->packed = g_new(float, graph_packed(&b->shape, &b->tensors));
    graph_pack(&b->shape, &b->tensors, b->w, b->packed);
}

static void bench_end(Bench *b)
{
    float *array[] = {b->numbers, b->w, b->wt, b->packed, b->first, b->second, b->gradients};
    for (gsize k = 0; k < G_N_ELEMENTS(array); k++)
        g_free(array[k]);
    for (gsize k = 0; k < b->threads; k++)
        g_free(b->work[k]);
}

typedef struct {
    Bench *bench;
    gsize number;
} Worker;

static gpointer work(gpointer data)
{
    Worker *worker = data;
    Bench *b = worker->bench;
    float *space = b->work[worker->number];
    for (gsize shard; (shard = g_atomic_pointer_add(&b->next, 1)) < b->shards;) {
        if (!b->train) {
            graph_forecast(&b->shape, &b->tensors, b->w, b->packed, &b->said, space, space + graph_groups(&b->shape));
            continue;
        }
        float *gradient = b->gradient + shard * b->tensors.size;
        memset(gradient, 0, b->tensors.size * sizeof *gradient);
        graph_learn(&b->shape, &b->tensors, b->w, b->wt, &b->input, space, gradient);
    }
    return NULL;
}

static void run(Bench *b)
{
    Worker worker[MOST_THREADS];
    GThread *thread[MOST_THREADS];
    b->next = 0;
    for (gsize k = 0; k < b->threads; k++) {
        worker[k] = (Worker){b, k};
        thread[k] = k > 0 ? g_thread_new("bench", work, &worker[k]) : NULL;
    }
    work(&worker[0]);
    for (gsize k = 1; k < b->threads; k++)
        g_thread_join(thread[k]);
    if (!b->train)
        return;
    for (gsize k = 1; k < b->shards; k++)
        activation_add(b->gradient + k * b->tensors.size, b->tensors.size, b->gradient);
    double norm = adamw_norm(b->gradient, b->tensors.size);
    const AdamwStep step = {.rate = 1e-4f, .beta1 = .9f, .beta2 = .98f, .epsilon = 1e-8f, .decay = .01f,
                            .clip = (float)(norm > 1 ? 1 / norm : 1), .mend1 = 1, .mend2 = 1};
    adamw_step(&step, b->gradient, b->tensors.size, b->first, b->second, b->w);
    tensors_transpose(&b->tensors, b->w, b->wt);
}

static double best(Bench *b, gboolean train, int warm, int runs)
{
    double least = G_MAXDOUBLE;
    b->train = train;
    for (int k = 0; k < warm + runs; k++) {
        double start = now();
        run(b);
        least = k < warm ? least : MIN(least, now() - start);
    }
    return least;
}

/* The best rate of cblas_sgemm yet, in GFLOP/s; a few more tries at each call, since others use the machine too. */
static double gemm_rate(gsize threads)
{
    static double rate[MOST_THREADS + 1];
    g_autofree float *a = g_new(float, 3 * CUBE * CUBE);
    for (int k = 0; k < 3 * CUBE * CUBE; k++)
        a[k] = (float)(k % 17) / 17;
    openblas_set_num_threads((int)threads);
    for (int k = 0; k < 4; k++) {
        double start = now();
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, CUBE, CUBE, CUBE, 1, a, CUBE, a + CUBE * CUBE, CUBE, 0, a + 2 * CUBE * CUBE, CUBE);
        rate[threads] = MAX(rate[threads], 2.0 * CUBE * CUBE * CUBE / (now() - start) / 1e9);
    }
    openblas_set_num_threads(1);
    return rate[threads];
}

static void bench_case(gboolean transformer, gsize windows, gsize steps, gsize patch, gsize width, gsize layers, gsize threads)
{
    Bench many, one;
    bench_start(&many, transformer, windows, steps, patch, width, layers, threads);
    double flops = forward_flops(&many.shape), train = best(&many, TRUE, 2, 6), infer = best(&many, FALSE, 2, 8), n = (double)windows;
    bench_end(&many);
    bench_start(&one, transformer, 1, steps, patch, width, layers, 1);
    if (threads > 1)
        g_usleep(FORGOTTEN); /* the second thread that duo.h lends goes to who has been alone for a second */
    double alone = best(&one, FALSE, 5, 30), rate = 3 * flops * n / train / 1e9;
    bench_end(&one);
    g_print("wardcast %s B=%zu T=%zu P=%zu d=%zu L=%zu threads=%zu: train %.0f windows/s %.1f GFLOP/s, infer %.0f windows/s %.1f GFLOP/s, "
            "one window %.3f ms; train %.0f %% of sgemm\n",
            transformer ? "patch" : "lstm", windows, steps, patch, width, layers, threads, n / train, rate,
            n / infer, flops * n / infer / 1e9, 1e3 * alone, 100 * rate / gemm_rate(threads));
}

static void bench_network(gboolean transformer, gsize threads)
{
    gsize layers = transformer ? 3 : 2;
    for (gsize windows = 64; windows <= 256; windows *= 4) {
        bench_case(transformer, windows, 112, 7, 64, layers, threads);
        bench_case(transformer, windows, 63, 24, 64, layers, threads);
    }
    bench_case(transformer, 256, 112, 7, 128, layers, threads);
}

int main(int argc, char **argv)
{
    gsize threads = CLAMP(argc > 1 ? strtoul(argv[1], NULL, 10) : 2, 1, MOST_THREADS);
    duo_allow(threads > 1);
    precision_choose(argc > 3 && strcmp(argv[3], "single") == 0 ? PRECISION_SINGLE : PRECISION_AUTOMATIC);
    g_print("%s\n", precision_reason());
    g_print("cblas_sgemm %d cube: %.1f GFLOP/s with 1 thread, %.1f with %zu\n", CUBE, gemm_rate(1), gemm_rate(threads), threads);
    for (int transformer = 0; transformer < 2; transformer++)
        if (argc <= 2 || strcmp(argv[2], "both") == 0 || strcmp(argv[2], transformer ? "patch" : "lstm") == 0)
            bench_network(transformer, threads);
    return 0;
}
