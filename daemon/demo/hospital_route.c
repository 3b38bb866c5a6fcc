#include "daemon/demo/hospital_route.h"

static void add_stage(HospitalRoute *route, Pool pool, double hours)
{
    g_assert(route->stages < HOSPITAL_STAGES);
    route->pool[route->stages] = pool;
    route->minutes[route->stages++] = (int)MAX(30, hours * 60);
}

static double draw_stay(HospitalDraw *draw, double scale)
{
    return scale * draw->stay[chance_below(draw->chance, (gint64)draw->stays)];
}

/* Intensive care and a step down from it, then `home`. */
static void add_critical(HospitalDraw *draw, HospitalRoute *route, double hours, Pool home)
{
    add_stage(route, POOL_ICU, CLAMP(0.4 * hours, 12, 240));
    if (chance_true(draw->chance, 0.7))
        add_stage(route, POOL_HDU, 24 + chance_exponential(draw->chance, 30));
    add_stage(route, home, hours);
}

static double route_medical(HospitalDraw *draw, HospitalRoute *route)
{
    double hours = draw_stay(draw, 0.72);
    if (chance_true(draw->chance, 0.09)) {
        route->urgency = 0;
        add_critical(draw, route, hours, POOL_MED);
        return hours;
    }
    add_stage(route, POOL_AMU, 10 + chance_exponential(draw->chance, 14));
    if (chance_true(draw->chance, 0.03)) { /* gets worse on the ward */
        add_stage(route, POOL_MED, 0.3 * hours);
        add_stage(route, POOL_ICU, CLAMP(0.3 * hours, 12, 200));
        add_stage(route, POOL_MED, hours);
    } else {
        add_stage(route, POOL_MED, MAX(24, 0.5 * hours));
        if (hours > 100 && chance_true(draw->chance, 0.5))
            add_stage(route, POOL_REHAB, hours);
    }
    return hours;
}

static double route_surgical(HospitalDraw *draw, HospitalRoute *route)
{
    double hours = draw_stay(draw, 0.6);
    if (chance_true(draw->chance, 0.14)) {
        route->urgency = 0;
        add_critical(draw, route, hours, POOL_SUR);
    } else {
        add_stage(route, POOL_SUR, hours);
    }
    return hours;
}

static double route_orthopaedic(HospitalDraw *draw, HospitalRoute *route)
{
    double hours = draw_stay(draw, 0.75);
    add_stage(route, POOL_ORTH, MAX(30, 0.6 * hours));
    if (hours > 110 && chance_true(draw->chance, 0.5))
        add_stage(route, POOL_REHAB, hours);
    return hours;
}

static double route_child(HospitalDraw *draw, HospitalRoute *route)
{
    double hours = draw_stay(draw, 0.33);
    add_stage(route, POOL_PAED, hours);
    return hours;
}

void hospital_route_emergency(HospitalDraw *draw, HospitalRoute *route)
{
    static double (*const way[])(HospitalDraw *, HospitalRoute *) = {route_medical, route_surgical, route_orthopaedic, route_child};
    static const double share[] = {0.62, 0.17, 0.11, 0.10};
    double u = chance_uniform(draw->chance);
    gsize k = 0;
    *route = (HospitalRoute){.urgency = 1};
    while (k + 1 < G_N_ELEMENTS(share) && u >= share[k])
        u -= share[k++];
    double hours = way[k](draw, route);
    route->hours = MAX(hours, 6);
}

void hospital_route_elective(HospitalDraw *draw, gboolean bones, HospitalRoute *route)
{
    double hours = draw_stay(draw, bones ? 0.5 : 0.38);
    *route = (HospitalRoute){.urgency = 2};
    if (!bones && chance_true(draw->chance, 0.25))
        add_stage(route, chance_true(draw->chance, 0.4) ? POOL_ICU : POOL_HDU, 18 + chance_exponential(draw->chance, 12));
    add_stage(route, bones ? POOL_ORTH : POOL_SUR, hours);
    route->hours = MAX(hours, 20);
}

void hospital_route_birth(HospitalDraw *draw, HospitalRoute *route)
{
    double hours = draw_stay(draw, 0.26);
    *route = (HospitalRoute){.urgency = 2};
    add_stage(route, POOL_MAT, hours);
    route->hours = MAX(hours, 10);
}
