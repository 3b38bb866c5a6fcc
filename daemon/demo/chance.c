#include "daemon/demo/chance.h"

#include <math.h>

static guint64 splitmix(guint64 *x)
{
    guint64 z = *x += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static guint64 rotate(guint64 x, int by)
{
    return (x << by) | (x >> (64 - by));
}

void chance_init(Chance *chance, guint64 seed, guint64 stream)
{
    guint64 x = seed;
    guint64 mixed = splitmix(&x) ^ stream;
    for (gsize k = 0; k < G_N_ELEMENTS(chance->state); k++)
        chance->state[k] = splitmix(&mixed);
}

guint64 chance_bits(Chance *chance)
{
    guint64 *s = chance->state;
    guint64 result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double chance_uniform(Chance *chance)
{
    return (double)(chance_bits(chance) >> 11) * 0x1p-53;
}

gint64 chance_below(Chance *chance, gint64 n)
{
    g_assert(n > 0);
    return (gint64)(chance_uniform(chance) * (double)n);
}

gboolean chance_true(Chance *chance, double probability)
{
    return chance_uniform(chance) < probability;
}

double chance_exponential(Chance *chance, double mean)
{
    return -mean * log(1.0 - chance_uniform(chance));
}

/* Multiplication of uniforms until they fall below exp(-mean): D. E. Knuth, TAOCP 2, 3.4.1. */
int chance_poisson(Chance *chance, double mean)
{
    g_assert(mean >= 0 && mean < 500);
    double limit = exp(-mean), product = chance_uniform(chance);
    int n = 0;
    while (product > limit) {
        product *= chance_uniform(chance);
        n++;
    }
    return n;
}
