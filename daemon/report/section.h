/* section.h -- the parts of the brief's page, top to bottom.
 *
 * Each writes one section (its heading included) into the open body.
 *
 * Threads  as of page.h.
 */
#pragma once
#include "daemon/report/facts.h"
#include "daemon/report/page.h"

/* Units with their beds, their census and the chance of being over. */
void section_beds(Page *page, const Facts *facts);

/* Where to open beds, where to send. */
void section_moves(Page *page, const Facts *facts);

/* Nurses required, scheduled and missing, shift by shift. */
void section_staffing(Page *page, const Facts *facts);

/* Fan charts of the census, all or the most pressing. */
void section_charts(Page *page, const Facts *facts);

/* What was wrong yesterday; never left out. */
void section_yesterday(Page *page, const Facts *facts);

/* What changed since the last run. */
void section_changes(Page *page, const Facts *facts);

/* Each source's age, as lights. */
void section_freshness(Page *page, const Facts *facts);

/* What failed, what was set apart or mended, remarks. */
void section_data(Page *page, const Facts *facts);

/* What each number means, and where all of it comes from. */
void section_definitions(Page *page);
void section_provenance(Page *page, const Facts *facts);

/* A small raised link to a definition. */
void section_note(Page *page, int definition);

enum { NOTE_OVER = 1, NOTE_NET, NOTE_NEEDED, NOTE_USUAL, NOTE_BEDS, NOTE_STAFF, NOTE_FAN, NOTE_OFF, NOTE_BAND, NOTE_STATUS, NOTES };

/* What each means, for page and text. */
extern const char *const section_definition[NOTES];

/* Has this source a note that neither the group nor an earlier source has told? */
gboolean section_note_is_new(const BriefInput *input, gsize source);

/* A light as mark and word (or another text in place of the word). */
void section_light(Page *page, Light light, const char *text);

/* The row's status in brackets where it is not ok and not that of all units. */
void section_status(Page *page, const Facts *facts, RowStatus status, const char *reason);
