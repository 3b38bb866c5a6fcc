/* settings.h -- where the warehouse is.
 *
 * A plain row, filled by config/ and handed to out/.
 */
#pragma once
#include <glib.h>

typedef struct {
    char *connection;       /* conninfo without password; several hosts are tried for the primary */
    char *password;         /* name of a credential, NULL = none */
    char *owner_connection; /* conninfo of the owner, used by `wardcast init` only; NULL = connection */
    char *owner_password;
    guint deadline_s;       /* seconds one statement may take */
    guint lease_s;          /* seconds a lease lasts without renewal */
} WarehouseSettings;
