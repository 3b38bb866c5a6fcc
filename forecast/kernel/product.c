#include "forecast/kernel/product.h"

/* For fewer rows than this packing does not pay. */
enum { PRODUCT_FEW = 4, PRODUCT_LANES = 16 };

#define LEVELS_PAIRS
#define LEVELS_BODY "forecast/kernel/product_body.h"
#include "forecast/kernel/levels.h"

void product_run(const Product *product)
{
    LEVELS_CALL(run, product);
}

gsize product_packed(gsize inner, gsize columns)
{
    return (inner + 1) * ((columns + PRODUCT_LANES - 1) / PRODUCT_LANES * PRODUCT_LANES);
}

void product_pack(const Product *product, real *to)
{
    LEVELS_CALL(pack, product, to);
}
