#include "connectors/in/patience.h"

/* xorshift64*: S. Vigna (2016), ACM TOMS 42(4); plenty for spreading wake-ups. */
static double uniform(guint64 *state)
{
    guint64 x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return (double)((x * G_GUINT64_CONSTANT(0x2545F4914F6CDD1D)) >> 11) / 9007199254740992.0; /* 2^53 */
}

void patience_init(Patience *patience, double every_s, double most_s, guint64 seed)
{
    *patience = (Patience){.every_s = every_s, .most_s = MAX(every_s, most_s), .seed = seed ? seed : 1};
}

gboolean patience_due(const Patience *patience, double now_s)
{
    return now_s >= patience->due_s;
}

gboolean patience_success(Patience *patience, double now_s)
{
    gboolean over = patience->failures > 0;
    patience->failures = 0;
    patience->due_s = now_s + patience->every_s;
    return over;
}

gboolean patience_failure(Patience *patience, double now_s)
{
    double wait_s = patience->every_s;
    patience->failures += patience->failures < G_MAXUINT;
    for (guint i = 0; i < patience->failures && wait_s < patience->most_s; i++)
        wait_s *= 2;
    wait_s = MIN(wait_s, patience->most_s);
    /* Up to a fifth earlier, but never more often than normally. */
    wait_s *= 1 - 0.2 * uniform(&patience->seed);
    patience->due_s = now_s + MAX(wait_s, patience->every_s);
    return (patience->failures & (patience->failures - 1)) == 0;
}
