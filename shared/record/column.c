#include "record/column.h"

const char *const column_names[COLUMNS] = {
    [COLUMN_SN] = "device_sn",  [COLUMN_USER] = "user_id",       [COLUMN_TIME] = "check_time",
    [COLUMN_STATUS] = "status", [COLUMN_VERIFY] = "verify_type", [COLUMN_RAW] = "raw_data",
    [COLUMN_UTC] = "utc_time",  [COLUMN_WORK] = "work_code",     [COLUMN_NAME] = "device_name",
    [COLUMN_SOURCE] = "source", [COLUMN_BRIDGE] = "bridge",      [COLUMN_SEQ] = "seq",
};
