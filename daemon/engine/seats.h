/* seats.h -- the members of a Panel as the judge wants them, and who publishes beside them.
 *
 * A backtest asks rows of {name, function, self} (backtest.h).  Seats makes one
 * row per member of the Panel and, with a Release, a last one, "wardcast": it
 * blends and calibrates what the others have just said, as a forecast would.
 *
 * Threads  as backtest.h asks for.
 */
#pragma once
#include "daemon/engine/engine.h"
#include "daemon/engine/panel.h"

typedef struct Seats Seats;

/* asked[panel_members()]: the others are held back.  Panel, release (NULL: no
 * last row) and series[n] must outlive it. */
Seats *seats_new(Panel *panel, const gboolean *asked, const Release *release, const Series *const *series, gsize n);
void seats_free(Seats *seats);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Seats, seats_free)

/* Let the last days before each origin say whom to believe (voices.h), as a forecast
 * would: `past` must outlive it. */
void seats_recall(Seats *seats, Panel *past, gboolean group);

/* The rows, valid as long as the Seats. */
const Forecaster *seats_rows(const Seats *seats, gsize *rows);
