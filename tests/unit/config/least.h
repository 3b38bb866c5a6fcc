/* least.h -- the least configuration, in parts that a test may replace. */
#pragma once

#define WAREHOUSE "warehouse: {connection: dbname=wardcast}\n"
#define GROUPS "groups: [{id: a, timezone: Europe/London}]\n"
#define SOURCES "sources: [{name: s, group: a, connection: dbname=ehr, feeds: [{feed: units, sql: SELECT 1}]}]\n"
#define LEAST WAREHOUSE GROUPS SOURCES
