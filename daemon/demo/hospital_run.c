#include "daemon/demo/hospital_run.h"

#include "daemon/demo/agenda.h"
#include "daemon/demo/hospital_route.h"

enum { DAY = 1440, NOBODY = HOSPITAL_NOBODY, POSTPONE_AFTER = 420 };

typedef struct {
    HospitalRoute route;
    int stage;           /* the patient is in; -1 before the first */
    int ward;            /* now; NOBODY = at home */
    gint64 move;         /* index of the open move */
    gint64 leaves;       /* minute of discharge */
    gint64 waits_since;  /* for stage + 1; 0 = not waiting */
    gboolean elective, gone;
    gsize list;
} Patient;

typedef enum { COMES, DECIDED, STAGE_OVER, GOES, PATIENCE_OVER, LIST_OPENS } What;

typedef struct {
    const HospitalInput *input;
    Hospital *hospital;
    Chance chance;
    HospitalDraw draw;
    gint64 begin, end;      /* simulated minutes */
    Agenda *agenda;
    GArray *patients;       /* Patient */
    GQueue queue[POOLS];    /* patients who wait, most urgent and longest waiting first */
    int census[WARDS], blocked[WARDS];
    gint64 *civil;          /* [hours] civil hour of each hour simulated */
} Sim;

/* --- time --------------------------------------------------------------------- */

static gint64 local_minute(const Sim *sim, gint64 minute)
{
    gint64 past = minute - sim->begin;
    /* Many leave only after the record's end, where no table was made. */
    gint64 civil = minute < sim->end ? sim->civil[past / 60] : calendar_civil_hour(sim->input->calendar, minute * 60 * INSTANT_SECOND);
    return civil * 60 + past % 60;
}

static gint64 minute_of_day(const Sim *sim, gint64 day)
{
    return calendar_instant(sim->input->calendar, GRAIN_DAY, day) / (60 * INSTANT_SECOND);
}

static gboolean is_quiet_day(const Sim *sim, gint64 day)
{
    return grain_weekday(day) >= 5 || calendar_holiday(sim->input->calendar, day) != NULL;
}

static void plan_event(Sim *sim, gint64 at, What what, gint64 patient, int stage)
{
    agenda_plan(sim->agenda, at, (AgendaEntry){what, patient, stage});
}

/* When somebody who is well enough at `ready` really goes: the next slot of the ward round, on
 * weekends and holidays often only the next day. */
static gint64 discharge_time(Sim *sim, gint64 ready, double weekend_wait)
{
    static const double share[24] = {[8] = .02, [9] = .04, [10] = .09, [11] = .13, [12] = .13, [13] = .13, [14] = .13, [15] = .11, [16] = .09, [17] = .06, [18] = .04, [19] = .02, [20] = .01};
    double u = chance_uniform(&sim->chance);
    int hour = 8;
    while (hour < 20 && u >= share[hour])
        u -= share[hour++];
    gint64 local = local_minute(sim, ready), slot = hour * 60 + chance_below(&sim->chance, 60);
    gint64 day = local / DAY + (local % DAY > slot);
    while (is_quiet_day(sim, day) && chance_true(&sim->chance, weekend_wait))
        day++;
    return minute_of_day(sim, day) + slot;
}

/* --- beds --------------------------------------------------------------------- */

static Patient *patient_at(const Sim *sim, gint64 who)
{
    return &g_array_index(sim->patients, Patient, who);
}

static int free_beds(const Sim *sim, int ward, gboolean all)
{
    return (all ? hospital_ward[ward].physical : hospital_ward[ward].staffed) - sim->blocked[ward] - sim->census[ward];
}

/* The ward of the pool with the most free beds, or NOBODY. */
static int find_bed(const Sim *sim, const Patient *p, gint64 now)
{
    Pool pool = p->route.pool[p->stage + 1];
    gboolean all = hospital_pool[pool].patience >= 0 && now - p->waits_since >= hospital_pool[pool].patience && !p->elective;
    int best = NOBODY;
    for (int k = 0; k < hospital_pool[pool].wards; k++) {
        int ward = hospital_pool[pool].ward[k];
        if (free_beds(sim, ward, all) > 0 && (best == NOBODY || free_beds(sim, ward, all) > free_beds(sim, best, all)))
            best = ward;
    }
    return best;
}

static void leave_ward(Sim *sim, Patient *p, gint64 now)
{
    if (p->ward == NOBODY)
        return;
    g_array_index(sim->hospital->moves, HospitalMove, p->move).out = now;
    sim->census[p->ward]--;
    p->ward = NOBODY;
}

static void enter_ward(Sim *sim, gint64 who, int ward, gint64 now)
{
    Patient *p = patient_at(sim, who);
    HospitalMove move = {who, ward, now, G_MAXINT64};
    leave_ward(sim, p, now);
    p->ward = ward;
    p->move = sim->hospital->moves->len;
    g_array_append_val(sim->hospital->moves, move);
    sim->census[ward]++;
}

static void serve(Sim *sim, int pool, gint64 now);

static void begin_stage(Sim *sim, gint64 who, int ward, gint64 now)
{
    Patient *p = patient_at(sim, who);
    int left = p->ward;
    p->waits_since = 0;
    p->stage++;
    enter_ward(sim, who, ward, now);
    sim->hospital->births += left == NOBODY && !p->elective;
    if (p->elective && p->stage == 0) {
        sim->hospital->electives++;
        g_array_index(sim->hospital->lists, HospitalList, p->list).admitted++;
    }
    if (p->stage + 1 < p->route.stages)
        plan_event(sim, now + p->route.minutes[p->stage], STAGE_OVER, who, p->stage);
    if (left != NOBODY && left != WARD_ED)
        serve(sim, hospital_ward_pool(left), now);
}

/* Give the free beds of a pool to those who wait for one. */
static void serve(Sim *sim, int pool, gint64 now)
{
    if (pool == NOBODY)
        return;
    for (GList *link = sim->queue[pool].head; link != NULL;) {
        gint64 who = GPOINTER_TO_INT(link->data);
        int ward = find_bed(sim, patient_at(sim, who), now);
        GList *next = link->next;
        if (ward != NOBODY) {
            g_queue_delete_link(&sim->queue[pool], link);
            begin_stage(sim, who, ward, now);
            next = sim->queue[pool].head; /* the move may have served this pool, too */
        }
        link = next;
    }
}

static void ask_for_bed(Sim *sim, gint64 who, gint64 now)
{
    Patient *p = patient_at(sim, who);
    Pool pool = p->route.pool[p->stage + 1];
    p->waits_since = now;
    GList *link = sim->queue[pool].head;
    while (link && patient_at(sim, GPOINTER_TO_INT(link->data))->route.urgency <= p->route.urgency)
        link = link->next;
    g_queue_insert_before(&sim->queue[pool], link, GINT_TO_POINTER((int)who));
    if (hospital_pool[pool].patience >= 0)
        plan_event(sim, now + (p->elective ? POSTPONE_AFTER : hospital_pool[pool].patience), PATIENCE_OVER, who, p->stage);
    serve(sim, pool, now);
}

static void stop_waiting(Sim *sim, gint64 who)
{
    Patient *p = patient_at(sim, who);
    if (p->waits_since == 0)
        return;
    g_queue_remove(&sim->queue[p->route.pool[p->stage + 1]], GINT_TO_POINTER((int)who));
    p->waits_since = 0;
}

/* --- what happens ------------------------------------------------------------- */

/* Of a hundred who come, this many are admitted. */
#define ADMITTED 0.235

static gint64 new_patient(Sim *sim)
{
    Patient p = {.stage = -1, .ward = NOBODY};
    g_array_append_val(sim->patients, p);
    return (gint64)sim->patients->len - 1;
}

static double draw_wait(Sim *sim)
{
    return sim->input->wait[chance_below(&sim->chance, (gint64)sim->input->waits)];
}

static void somebody_comes(Sim *sim, gint64 who, gint64 now)
{
    Patient *p = patient_at(sim, who);
    sim->hospital->arrived++;
    enter_ward(sim, who, WARD_ED, now);
    if (chance_true(&sim->chance, ADMITTED)) {
        plan_event(sim, now + (gint64)(draw_wait(sim) * 60), DECIDED, who, -1);
        return;
    }
    /* Those who go home again are through in somewhat less time. */
    gint64 minutes = (gint64)(draw_wait(sim) * 60 * (0.35 + 0.7 * chance_uniform(&sim->chance)));
    p->leaves = now + MAX(minutes, 15);
    plan_event(sim, p->leaves, GOES, who, 0);
}

/* Plan the way home and ask for the first bed. */
static void admit(Sim *sim, gint64 who, double weekend_wait, gint64 now)
{
    Patient *p = patient_at(sim, who);
    gint64 leaves = discharge_time(sim, now + (gint64)(p->route.hours * 60), weekend_wait);
    p->leaves = MAX(leaves, now + 60);
    plan_event(sim, p->leaves, GOES, who, 0);
    ask_for_bed(sim, who, now);
}

static void admission_is_decided(Sim *sim, gint64 who, gint64 now)
{
    sim->hospital->admitted++;
    hospital_route_emergency(&sim->draw, &patient_at(sim, who)->route);
    admit(sim, who, 0.5, now);
}

static void somebody_goes(Sim *sim, gint64 who, gint64 now)
{
    Patient *p = patient_at(sim, who);
    int ward = p->ward;
    stop_waiting(sim, who);
    leave_ward(sim, p, now);
    p->gone = TRUE;
    sim->hospital->went_home += ward != NOBODY;
    if (ward != WARD_ED && ward != NOBODY)
        serve(sim, hospital_ward_pool(ward), now);
}

static void patience_is_over(Sim *sim, gint64 who, gint64 now)
{
    Patient *p = patient_at(sim, who);
    if (p->waits_since == 0)
        return;
    if (p->elective && p->stage < 0) {
        stop_waiting(sim, who);
        p->gone = TRUE;
        sim->hospital->postponed++;
    } else {
        serve(sim, p->route.pool[p->stage + 1], now);
    }
}

/* One elective patient of a list comes in. */
static void elective_comes(Sim *sim, gint64 who, gint64 now)
{
    Patient *p = patient_at(sim, who);
    p->elective = TRUE;
    hospital_route_elective(&sim->draw, g_array_index(sim->hospital->lists, HospitalList, p->list).ward == WARD_ORTH, &p->route);
    admit(sim, who, 0.45, now);
}

static void birth_comes(Sim *sim, gint64 who, gint64 now)
{
    sim->hospital->admitted++;
    hospital_route_birth(&sim->draw, &patient_at(sim, who)->route);
    admit(sim, who, 0.05, now);
}

/* A patient whose stage is another one by now is past what was planned. */
static void happen(Sim *sim, const AgendaEntry *event, gint64 now)
{
    Patient *p = patient_at(sim, event->patient);
    if (p->gone)
        return;
    switch ((What)event->what) {
    case COMES: somebody_comes(sim, event->patient, now); break;
    case DECIDED: admission_is_decided(sim, event->patient, now); break;
    case STAGE_OVER:
        if (p->stage == event->stage && p->waits_since == 0)
            ask_for_bed(sim, event->patient, now);
        break;
    case GOES:
        if (p->ward != NOBODY || p->waits_since != 0)
            somebody_goes(sim, event->patient, now);
        break;
    case PATIENCE_OVER:
        if (p->stage == event->stage)
            patience_is_over(sim, event->patient, now);
        break;
    case LIST_OPENS:
        if (event->stage)
            elective_comes(sim, event->patient, now);
        else
            birth_comes(sim, event->patient, now);
        break;
    }
}

/* --- what is planned before it begins ------------------------------------------ */

static void plan_arrivals(Sim *sim)
{
    const HospitalInput *input = sim->input;
    for (gsize k = 0; k < input->arrivals_hours; k++) {
        Instant at[2];
        int times = calendar_instants(input->calendar, input->arrivals_from + (gint64)k, at);
        for (int n = 0; times > 0 && n < input->arrivals[k]; n++) {
            gint64 minute = at[n % times] / (60 * INSTANT_SECOND) + chance_below(&sim->chance, 60);
            if (minute >= sim->begin && minute < sim->end)
                plan_event(sim, minute, COMES, new_patient(sim), -1);
        }
    }
}

static void plan_births(Sim *sim)
{
    for (gint64 minute = sim->begin; minute < sim->end; minute += DAY)
        for (int n = chance_poisson(&sim->chance, 8.2); n > 0; n--)
            plan_event(sim, minute + chance_below(&sim->chance, DAY), LIST_OPENS, new_patient(sim), 0);
}

static void plan_list(Sim *sim, int ward, gint64 day, double mean, gboolean happens)
{
    HospitalList list = {ward, day, chance_poisson(&sim->chance, mean), 0};
    gsize number = sim->hospital->lists->len;
    g_array_append_val(sim->hospital->lists, list);
    for (int n = 0; happens && n < list.planned; n++) {
        gint64 at = minute_of_day(sim, day) + 390 + chance_below(&sim->chance, 330);
        if (chance_true(&sim->chance, 0.04))
            continue; /* does not come */
        gint64 who = new_patient(sim);
        patient_at(sim, who)->list = number;
        plan_event(sim, at, LIST_OPENS, who, 1);
    }
}

static void plan_lists(Sim *sim)
{
    static const double mean[5] = {1.1, 1.1, 1.05, 1.0, 0.6}; /* Monday to Friday */
    gint64 last = sim->input->first_day + sim->input->days;
    for (gint64 day = sim->input->first_day - HOSPITAL_WARM_UP_DAYS; day < last + 14; day++) {
        double factor = is_quiet_day(sim, day) ? 0 : mean[grain_weekday(day)];
        plan_list(sim, WARD_SUR1, day, 5.5 * factor, day < last);
        plan_list(sim, WARD_SUR2, day, 5.0 * factor, day < last);
        plan_list(sim, WARD_ORTH, day, 4.5 * factor, day < last);
    }
}

static int by_time(const void *a, const void *b)
{
    const HospitalClosure *x = a, *y = b;
    return x->at != y->at ? (x->at > y->at) - (x->at < y->at) : x->ward - y->ward;
}

/* Infections and repairs: about one a month and ward, a few beds for a few days. */
static void plan_closures(Sim *sim)
{
    for (gint64 day = sim->input->first_day; day < sim->input->first_day + sim->input->days; day++)
        for (int ward = WARD_AMU; ward < WARDS; ward++) {
            gint64 at = minute_of_day(sim, day) + 7 * 60 + chance_below(&sim->chance, 120);
            if (!chance_true(&sim->chance, 1.0 / 35))
                continue;
            int beds = 1 + (int)chance_below(&sim->chance, MAX(hospital_ward[ward].staffed / 10, 1));
            HospitalClosure shut = {ward, at, beds}, open = {ward, at + DAY + chance_below(&sim->chance, 3 * DAY), -beds};
            g_array_append_val(sim->hospital->closures, shut);
            g_array_append_val(sim->hospital->closures, open);
        }
    g_array_sort(sim->hospital->closures, by_time);
}

/* --- run ---------------------------------------------------------------------- */

static void change_closures(Sim *sim, guint *next, gint64 now)
{
    GArray *closures = sim->hospital->closures;
    while (*next < closures->len && g_array_index(closures, HospitalClosure, *next).at <= now) {
        HospitalClosure *closure = &g_array_index(closures, HospitalClosure, (*next)++);
        sim->blocked[closure->ward] += closure->blocked;
        closure->blocked = sim->blocked[closure->ward]; /* from a change to what holds from now on */
        serve(sim, hospital_ward_pool(closure->ward), now);
    }
}

static void run(Sim *sim)
{
    guint closure = 0;
    for (gint64 now = sim->begin; now < sim->end; now++) {
        change_closures(sim, &closure, now);
        for (AgendaEntry event; agenda_take(sim->agenda, now, &event);)
            happen(sim, &event, now);
    }
    g_array_set_size(sim->hospital->closures, closure);
}

static void sim_begin(Sim *sim, const HospitalInput *input, Hospital *hospital)
{
    *sim = (Sim){.input = input, .hospital = hospital, .patients = g_array_new(FALSE, FALSE, sizeof(Patient))};
    chance_init(&sim->chance, input->seed, 1);
    sim->draw = (HospitalDraw){&sim->chance, input->stay, input->stays};
    sim->begin = minute_of_day(sim, input->first_day - HOSPITAL_WARM_UP_DAYS);
    sim->end = minute_of_day(sim, input->first_day + input->days);
    gint64 minutes = sim->end - sim->begin, hours = minutes / 60;
    sim->agenda = agenda_new(sim->begin, sim->end);
    sim->civil = g_new(gint64, hours + 1);
    for (gint64 h = 0; h <= hours; h++)
        sim->civil[h] = calendar_civil_hour(input->calendar, (sim->begin + 60 * h) * 60 * INSTANT_SECOND);
    for (int pool = 0; pool < POOLS; pool++)
        g_queue_init(&sim->queue[pool]);
}

static void sim_end(Sim *sim)
{
    for (int pool = 0; pool < POOLS; pool++)
        g_queue_clear(&sim->queue[pool]);
    g_array_unref(sim->patients);
    agenda_free(sim->agenda);
    g_free(sim->civil);
}

void hospital_run(const HospitalInput *input, Hospital *hospital)
{
    Sim sim;
    sim_begin(&sim, input, hospital);
    hospital->from = minute_of_day(&sim, input->first_day);
    hospital->until = sim.end;
    plan_arrivals(&sim);
    plan_births(&sim);
    plan_lists(&sim);
    plan_closures(&sim);
    run(&sim);
    sim_end(&sim);
}
