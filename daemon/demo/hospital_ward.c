#include "daemon/demo/hospital_ward.h"

/* Sized for about 90 % occupancy at the arrivals of the sample department. */
const HospitalWard hospital_ward[] = {
    [WARD_ED] = {"ED", "Emergency department", "emergency", 60, 28, 4},
    [WARD_AMU] = {"AMU", "Acute medical unit", "acute", 34, 28, 4},
    [WARD_MED1] = {"MED1", "Medical ward 1", "medical", 38, 34, 5},
    [WARD_MED2] = {"MED2", "Medical ward 2", "medical", 38, 34, 5},
    [WARD_MED3] = {"MED3", "Medical ward 3 (elderly care)", "medical", 40, 36, 5},
    [WARD_SUR1] = {"SUR1", "Surgical ward 1", "surgical", 36, 32, 5},
    [WARD_SUR2] = {"SUR2", "Surgical ward 2", "surgical", 34, 30, 5},
    [WARD_ORTH] = {"ORTH", "Orthopaedic ward", "orthopaedic", 42, 38, 5},
    [WARD_ICU] = {"ICU", "Intensive care unit", "icu", 13, 10, 2},
    [WARD_HDU] = {"HDU", "High dependency unit", "step_down", 9, 7, 3},
    [WARD_MAT] = {"MAT", "Maternity ward", "maternity", 26, 22, 4},
    [WARD_PAED] = {"PAED", "Children's ward", "paediatric", 20, 14, 4},
    [WARD_REHAB] = {"REHAB", "Rehabilitation ward", "rehab", 30, 26, 6},
};
const int hospital_wards = WARDS;

const HospitalPool hospital_pool[POOLS] = {
    [POOL_AMU] = {{WARD_AMU}, 1, 300}, [POOL_MED] = {{WARD_MED1, WARD_MED2, WARD_MED3}, 3, 600}, [POOL_SUR] = {{WARD_SUR1, WARD_SUR2}, 2, 360},
    [POOL_ORTH] = {{WARD_ORTH}, 1, 360}, [POOL_ICU] = {{WARD_ICU}, 1, 45}, [POOL_HDU] = {{WARD_HDU}, 1, 480},
    [POOL_MAT] = {{WARD_MAT}, 1, 30}, [POOL_PAED] = {{WARD_PAED}, 1, 180}, [POOL_REHAB] = {{WARD_REHAB}, 1, -1},
};

int hospital_ward_pool(int ward)
{
    for (int pool = 0; pool < POOLS; pool++)
        for (int k = 0; k < hospital_pool[pool].wards; k++)
            if (hospital_pool[pool].ward[k] == ward)
                return pool;
    return HOSPITAL_NOBODY;
}
