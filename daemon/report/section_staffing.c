#include "daemon/report/section.h"

#include <string.h>

/* Shifts beside each other on paper, and traces in small print. */
enum { SHIFTS_SHOWN = 4, TRACES_SHOWN = 6 };

static const StaffingRow *row_of(const Facts *facts, const FactStaff *first, const FactShift *shift)
{
    for (guint k = 0; k < facts->staff->len; k++) {
        const FactStaff *staff = &g_array_index(facts->staff, FactStaff, k);
        if (staff->row->shift_starts_at == shift->starts_at && g_str_equal(staff->row->shift, shift->name) &&
            staff->facility_name == first->facility_name && g_str_equal(staff->row->unit, first->row->unit) &&
            g_str_equal(staff->row->role, first->row->role))
            return staff->row;
    }
    return NULL;
}

/* Is this the first row of its unit and role? */
static gboolean is_first(const Facts *facts, guint index)
{
    const FactStaff *staff = &g_array_index(facts->staff, FactStaff, index);
    for (guint k = 0; k < index; k++) {
        const FactStaff *other = &g_array_index(facts->staff, FactStaff, k);
        if (other->facility_name == staff->facility_name && g_str_equal(other->row->unit, staff->row->unit) &&
            g_str_equal(other->row->role, staff->row->role))
            return FALSE;
    }
    return TRUE;
}

static void put_head(Page *page, const Facts *facts, guint shifts)
{
    page_open(page, "thead", NULL);
    page_open(page, "tr", NULL);
    page_put(page, "th", NULL, "Unit");
    for (guint s = 0; s < shifts; s++) {
        const FactShift *shift = &g_array_index(facts->shifts, FactShift, s);
        g_autofree char *from = words_day_time(facts->input->calendar, shift->starts_at);
        g_autofree char *until = words_clock(facts->input->calendar, shift->ends_at);
        page_open(page, "th", NULL);
        page_text(page, "%s", shift->name);
        page_put(page, "small", NULL, " %s\xe2\x80\x93%s", from, until);
        if (s == 0)
            section_note(page, NOTE_STAFF);
        page_close(page);
    }
    page_close(page);
    page_close(page);
}

static void put_cell(Page *page, const Facts *facts, const StaffingRow *row, const char *label)
{
    page_open(page, "td", NULL);
    page_attribute(page, "data-label", label);
    page_open(page, "span", "value");
    if (row == NULL)
        section_light(page, LIGHT_UNKNOWN, NULL);
    else if (isnan(row->gap)) {
        page_put(page, "b", NULL, "needs %d", row->required);
        page_put(page, "span", "net", "no roster");
    } else {
        g_autofree char *missing = words_number(row->gap), *spare = words_number(-row->gap), *scheduled = words_number(row->scheduled);
        g_autofree char *is_short = g_strdup_printf("%s short", missing);
        g_autofree char *is_spare = g_strdup_printf("%s spare", spare);
        section_light(page, row->gap > 0 ? LIGHT_OVER : LIGHT_FITS, row->gap > 0 ? is_short : row->gap < 0 ? is_spare : "covered");
        page_put(page, "span", "net", "needs %d, has %s", row->required, scheduled);
    }
    page_close(page);
    page_close(page);
}

static void put_matrix(Page *page, const Facts *facts, guint shifts)
{
    page_open(page, "table", "staff");
    put_head(page, facts, shifts);
    page_open(page, "tbody", NULL);
    for (guint k = 0; k < facts->staff->len; k++) {
        const FactStaff *staff = &g_array_index(facts->staff, FactStaff, k);
        if (!is_first(facts, k))
            continue;
        page_open(page, "tr", NULL);
        page_open(page, "th", NULL);
        page_attribute(page, "scope", "row");
        page_text(page, "%s", staff->unit_name);
        if (facts->input->facilities > 1)
            page_put(page, "small", NULL, " %s", staff->facility_name);
        page_put(page, "small", NULL, " %s", staff->row->role);
        if (staff->row->status != ROW_OK && staff->row->status != facts->common_status)
            page_put(page, "small", "status", "%s", row_status_name(staff->row->status));
        page_close(page);
        for (guint s = 0; s < shifts; s++) {
            const FactShift *shift = &g_array_index(facts->shifts, FactShift, s);
            g_autofree char *from = words_day_time(facts->input->calendar, shift->starts_at);
            g_autofree char *label = g_strdup_printf("%s %s", shift->name, from);
            put_cell(page, facts, row_of(facts, staff, shift), label);
        }
        page_close(page);
    }
    page_close(page);
    page_close(page);
}

/* The largest gap first, then the earliest shift. */
static int compare_gaps(gconstpointer a, gconstpointer b)
{
    const FactStaff *x = *(const FactStaff *const *)a, *y = *(const FactStaff *const *)b;
    double gap_x = isnan(x->row->gap) ? 0 : x->row->gap, gap_y = isnan(y->row->gap) ? 0 : y->row->gap;
    if (gap_x != gap_y)
        return gap_x > gap_y ? -1 : 1;
    if (x->row->shift_starts_at != y->row->shift_starts_at)
        return x->row->shift_starts_at < y->row->shift_starts_at ? -1 : 1;
    int order = strcmp(x->unit_name, y->unit_name);
    return order ? order : strcmp(x->row->role, y->row->role);
}

static void put_trace(Page *page, const Facts *facts, const FactStaff *staff)
{
    g_autofree char *when = words_day_time(facts->input->calendar, staff->row->shift_starts_at);
    page_open(page, "li", NULL);
    page_put(page, "b", NULL, "%s, %s %s", staff->unit_name, staff->row->shift, when);
    page_text(page, ": %s", staff->row->trace);
    section_status(page, facts, staff->row->status, staff->row->reason);
    page_close(page);
}

static gboolean is_shown(const Facts *facts, const StaffingRow *row)
{
    for (guint s = 0; s < MIN(facts->shifts->len, SHIFTS_SHOWN); s++)
        if (g_array_index(facts->shifts, FactShift, s).starts_at == row->shift_starts_at)
            return TRUE;
    return FALSE;
}

/* How the numbers were made: of the gaps on paper too, of the rest where it can unfold. */
static void put_traces(Page *page, const Facts *facts)
{
    g_autoptr(GPtrArray) order = g_ptr_array_new();
    guint gaps = 0;
    for (guint k = 0; k < facts->staff->len; k++)
        if (is_shown(facts, g_array_index(facts->staff, FactStaff, k).row))
            g_ptr_array_add(order, &g_array_index(facts->staff, FactStaff, k));
    g_ptr_array_sort(order, compare_gaps);
    while (gaps < order->len && ((const FactStaff *)g_ptr_array_index(order, gaps))->row->gap > 0)
        gaps++;
    guint shown = MIN(gaps, TRACES_SHOWN);
    if (shown > 0) {
        page_put(page, "p", "lead", "How the %s came about:", shown == gaps ? "gaps" : "largest gaps");
        page_open(page, "ul", "trace");
        for (guint k = 0; k < shown; k++)
            put_trace(page, facts, g_ptr_array_index(order, k));
        page_close(page);
    }
    if (shown < order->len) {
        page_open(page, "details", NULL);
        page_put(page, "summary", NULL, "How the other %u numbers came about", order->len - shown);
        page_open(page, "ul", "trace");
        for (guint k = shown; k < order->len; k++)
            put_trace(page, facts, g_ptr_array_index(order, k));
        page_close(page);
        page_close(page);
    }
}

void section_staffing(Page *page, const Facts *facts)
{
    guint shifts = MIN(facts->shifts->len, SHIFTS_SHOWN);
    page_open(page, "section", NULL);
    page_put(page, "h2", NULL, "Nurses, shift by shift");
    if (facts->staff->len == 0)
        page_put(page, "p", NULL, "No staffing numbers%s%s.", facts->withheld_reason ? ": " : ": no shifts are set, or no unit has a forecast",
                 facts->withheld_reason ? facts->withheld_reason : "");
    else if (facts->wide && !facts->roster)
        page_put(page, "p", NULL, "No roster is known, so no shift can be said to be short. What each unit needs is in the recommendation tables.");
    else {
        put_matrix(page, facts, shifts);
        if (facts->shifts->len > shifts)
            page_put(page, "p", "lead", "The %u later shifts are in the recommendation tables.", facts->shifts->len - shifts);
        if (facts->withheld_staff > 0)
            page_put(page, "p", "lead", "%" G_GSIZE_FORMAT " more rows have no number: %s%s.", facts->withheld_staff, facts->withheld_reason ? facts->withheld_reason : "withheld",
                     facts->withheld_staff > 1 ? " (the first reason)" : "");
        put_traces(page, facts);
    }
    page_close(page);
}
