#include "forecast/kernel/numeric.h"

#include <cblas.h>
#include <gsl/gsl_errno.h>

void numeric_begin(void)
{
    gsl_set_error_handler_off();
    openblas_set_num_threads(1);
}
