/* hospital_ward.h -- the wards of the simulated hospital, and which do the same work.
 *
 * Threads  constant tables.
 */
#pragma once

enum {
    WARD_ED, WARD_AMU, WARD_MED1, WARD_MED2, WARD_MED3, WARD_SUR1, WARD_SUR2, WARD_ORTH, WARD_ICU, WARD_HDU, WARD_MAT, WARD_PAED,
    WARD_REHAB, WARDS
};

typedef struct {
    const char *ward, *name, *kind;
    int physical, staffed;
    double patients_per_nurse;
} HospitalWard;

extern const HospitalWard hospital_ward[];
extern const int hospital_wards;

/* Where a patient may be put: a pool of wards that do the same work. */
typedef enum { POOL_AMU, POOL_MED, POOL_SUR, POOL_ORTH, POOL_ICU, POOL_HDU, POOL_MAT, POOL_PAED, POOL_REHAB, POOLS } Pool;

typedef struct {
    int ward[3], wards;
    int patience; /* minutes until beds beyond the staffed ones are opened for somebody who waits; -1 never */
} HospitalPool;

extern const HospitalPool hospital_pool[POOLS];

enum { HOSPITAL_NOBODY = -1 };

/* The pool of a ward; HOSPITAL_NOBODY for the emergency department, which is in none. */
int hospital_ward_pool(int ward);
