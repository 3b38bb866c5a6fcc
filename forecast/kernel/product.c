#include "forecast/kernel/product.h"

/* Blocks: a panel of b is at most 128 x 64 numbers, 32 KiB, and the part of a that
 * it meets stays in the second cache.  For fewer rows than this packing does not pay. */
enum { PRODUCT_INNER = 128, PRODUCT_ROWS = 256, PRODUCT_FEW = 4 };

#define LEVELS_BODY "forecast/kernel/product_body.h"
#include "forecast/kernel/levels.h"

void product_run(const Product *product)
{
    LEVELS_CALL(run, product);
}
