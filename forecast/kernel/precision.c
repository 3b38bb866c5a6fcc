#include "forecast/kernel/precision.h"

static gint chosen = PRECISION_AUTOMATIC;

static gboolean processor_can(void)
{
#if defined __x86_64__
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512bf16");
#else
    return FALSE;
#endif
}

void precision_choose(Precision precision)
{
    g_atomic_int_set(&chosen, (gint)precision);
}

gboolean precision_is_mixed(void)
{
    return g_atomic_int_get(&chosen) == PRECISION_AUTOMATIC && processor_can();
}

const char *precision_reason(void)
{
    if (g_atomic_int_get(&chosen) == PRECISION_SINGLE)
        return "networks multiply in single precision, as was asked for";
    return processor_can() ? "networks multiply in bfloat16 and add in single precision: this processor has avx512_bf16"
                           : "networks multiply in single precision: this processor has no avx512_bf16";
}
