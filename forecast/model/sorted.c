#include "forecast/model/sorted.h"

#include <stdlib.h>
#include <string.h>

enum { BITS = 11, DIGITS = 1 << BITS, PASSES = 6 /* of 64 bits */, FEW = 64, HANDFUL = 24, ROUGH = 3 /* passes over the upper half alone */, FAR = 8 };

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Whole numbers in the order of the doubles: negative ones are turned around. */
static guint64 key_of(double value)
{
    guint64 bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | (guint64)1 << 63;
}

static double value_of(guint64 key)
{
    double value;
    guint64 bits = key >> 63 ? key & ~((guint64)1 << 63) : ~key;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static gsize digit_of(guint64 key, int pass)
{
    return key >> (pass * BITS) & (DIGITS - 1);
}

/* All counts from one walk over the keys: count[PASSES][DIGITS]. */
static void count_digits(const guint64 *key, gsize n, int first, guint32 *count)
{
    memset(count + (gsize)first * DIGITS, 0, (gsize)(PASSES - first) * DIGITS * sizeof *count);
    for (gsize k = 0; k < n; k++)
        for (int pass = first; pass < PASSES; pass++)
            count[(gsize)pass * DIGITS + digit_of(key[k], pass)]++;
}

static void deal(const guint64 *from, gsize n, int pass, guint32 *place, guint64 *to)
{
    guint32 next = 0;
    for (gsize d = 0; d < DIGITS; d++) {
        guint32 here = place[d];
        place[d] = next;
        next += here;
    }
    for (gsize k = 0; k < n; k++)
        to[place[digit_of(from[k], pass)]++] = from[k];
}

/* By the digits from `first` on; returns where they lie then. */
static guint64 *deal_all(guint64 *from, guint64 *to, gsize n, int first, guint32 *count)
{
    count_digits(from, n, first, count);
    for (int pass = first; pass < PASSES; pass++) {
        guint32 *place = count + (gsize)pass * DIGITS;
        if (place[digit_of(from[0], pass)] == n)
            continue; /* alike in all of them */
        deal(from, n, pass, place, to);
        guint64 *other = from;
        from = to;
        to = other;
    }
    return from;
}

/* Insertion, for a handful or what is nearly in order; FALSE: given up, the keys having moved more than `most` places in all. */
static gboolean insert(guint64 *key, gsize n, gsize most)
{
    for (gsize k = 1; k < n; k++) {
        guint64 one = key[k];
        gsize at = k;
        for (; at > 0 && key[at - 1] > one; at--)
            key[at] = key[at - 1];
        key[at] = one;
        if (k - at > most)
            return FALSE;
        most -= k - at;
    }
    return TRUE;
}

static void put_handful(double *value, gsize n)
{
    guint64 key[HANDFUL];
    for (gsize k = 0; k < n; k++)
        key[k] = key_of(value[k]);
    (void)insert(key, n, G_MAXSIZE);
    for (gsize k = 0; k < n; k++)
        value[k] = value_of(key[k]);
}

void sorted_put(double *value, gsize n)
{
    if (n <= HANDFUL) {
        put_handful(value, n);
        return;
    }
    if (n < FEW || n > G_MAXUINT32) {
        qsort(value, n, sizeof *value, ascending);
        return;
    }
    g_autofree guint64 *memory = g_new(guint64, 2 * n);
    g_autofree guint32 *count = g_new(guint32, (gsize)PASSES * DIGITS);
    for (gsize k = 0; k < n; k++)
        memory[k] = key_of(value[k]);
    guint64 *key = deal_all(memory, memory + n, n, ROUGH, count);
    if (!insert(key, n, FAR * n))
        key = deal_all(key, key == memory ? memory + n : memory, n, 0, count);
    for (gsize k = 0; k < n; k++)
        value[k] = value_of(key[k]);
}
