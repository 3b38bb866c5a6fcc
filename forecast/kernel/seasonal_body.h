/* seasonal_body.h -- seasonal.c for one vector width; included by levels.h. */
#ifdef LEVEL

#define pair LEVEL_NAME(pair)
#define load LEVEL_NAME(load)
#define store LEVEL_NAME(store)
#define walk LEVEL_NAME(walk)
#undef PAIRS
#define PAIRS (SEASONAL_LANES * sizeof(double) / LEVEL_BYTES) /* vectors of all lanes */
#undef EACH
#define EACH (LEVEL_BYTES / sizeof(double))

typedef double pair __attribute__((vector_size(LEVEL_BYTES)));

INLINE LEVEL_TARGET void load(const double *from, pair *to)
{
    UNROLL for (gsize v = 0; v < PAIRS; v++)
        memcpy(&to[v], from + v * EACH, sizeof *to);
}

INLINE LEVEL_TARGET void store(const pair *from, double *to)
{
    UNROLL for (gsize v = 0; v < PAIRS; v++)
        memcpy(to + v * EACH, &from[v], sizeof *from);
}

/* The error is taken as (z - patterns) - (level + drift): only the second part waits for the step before. */
LEVEL_TARGET static void walk(const SeasonalRates *rates, const gsize period[2], const double *z, gsize length, gboolean backwards,
                              SeasonalState *state, double squares[SEASONAL_LANES])
{
    pair alpha[PAIRS], beta[PAIRS], phi[PAIRS], first[PAIRS], second[PAIRS], level[PAIRS], slope[PAIRS], sum[PAIRS];
    load(rates->alpha, alpha);
    load(rates->beta, beta);
    load(rates->phi, phi);
    load(rates->gamma[0], first);
    load(rates->gamma[1], second);
    load(state->level, level);
    load(state->slope, slope);
    UNROLL for (gsize v = 0; v < PAIRS; v++)
        sum[v] = (pair){0};
    gsize last = length > 0 ? length - 1 : 0, at[2] = {backwards ? last % period[0] : 0, backwards ? last % period[1] : 0};
    for (gsize k = 0; k < length; k++) {
        double *short_one = state->pattern[0] + at[0] * SEASONAL_LANES, *long_one = state->pattern[1] + at[1] * SEASONAL_LANES;
        double value = z[backwards ? last - k : k];
        pair p[PAIRS], q[PAIRS];
        load(short_one, p);
        load(long_one, q);
        UNROLL for (gsize v = 0; v < PAIRS; v++) {
            pair drift = phi[v] * slope[v], base = level[v] + drift;
            pair error = isnan(value) ? (pair){0} : ((pair){0} + value - p[v] - q[v]) - base;
            level[v] = base + alpha[v] * error;
            slope[v] = drift + beta[v] * error;
            p[v] += first[v] * error;
            q[v] += second[v] * error;
            sum[v] += error * error;
        }
        store(p, short_one);
        store(q, long_one);
        for (int s = 0; s < 2; s++)
            if (backwards)
                at[s] = at[s] == 0 ? period[s] - 1 : at[s] - 1;
            else
                at[s] = at[s] + 1 == period[s] ? 0 : at[s] + 1;
    }
    store(level, state->level);
    store(slope, state->slope);
    store(sum, squares);
}
#endif
