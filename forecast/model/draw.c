#include "forecast/model/draw.h"

#define GOLDEN G_GUINT64_CONSTANT(0x9e3779b97f4a7c15)

static guint64 mix(guint64 z)
{
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

guint64 draw_bits(guint64 seed, guint64 stream, guint64 counter)
{
    return mix(mix(mix(seed + GOLDEN) ^ (stream * GOLDEN + 1)) + counter * GOLDEN);
}

double draw_uniform(guint64 seed, guint64 stream, guint64 counter)
{
    return (double)(draw_bits(seed, stream, counter) >> 11) * 0x1p-53;
}

gsize draw_below(guint64 seed, guint64 stream, guint64 counter, gsize n)
{
    return MIN((gsize)(draw_uniform(seed, stream, counter) * (double)n), n - 1);
}
